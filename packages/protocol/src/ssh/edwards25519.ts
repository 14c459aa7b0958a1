/** The field's prime and the curve's constant d = -121665/121666 (RFC 8032 §5.1). */
const P = 2n ** 255n - 19n;

const mod = (value: bigint): bigint => ((value % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));

/** Doubling on the curve -x² + y² = 1 + d·x²·y² in projective coordinates; needs no inverse. */
function double(x: bigint, y: bigint, z: bigint): [bigint, bigint, bigint] {
  const xx = mod(x * x);
  const yy = mod(y * y);
  const sum = mod(yy - xx);
  const rest = mod(sum - 2n * z * z);
  return [mod(((x + y) ** 2n - xx - yy) * rest), mod(sum * mod(-xx - yy)), mod(sum * rest)];
}

/**
 * Whether 32 bytes are a public key that can be trusted to have one holder: canonically encoded (RFC 8032 §5.1.3), on the
 * curve, and not of small order. For a point of order 1, 2, 4 or 8, signatures can be made that fit many messages without
 * any secret; OpenSSL's verification accepts them.
 */
export function isSoundPublicKey(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const encoded = BigInt(`0x${Buffer.from(key.toReversed()).toString('hex')}`);
  const sign = encoded >> 255n;
  const y = encoded & ((1n << 255n) - 1n);
  if (y >= P) return false;
  const yy = mod(y * y);
  const xx = mod((yy - 1n) * power(D * yy + 1n, P - 2n));
  if (xx === 0n) return false; // x = 0: the points of order 1 and 2
  if (power(xx, (P - 1n) / 2n) !== 1n) return false;
  // p = 5 mod 8: a square root is xx^((p+3)/8), or that times the root of -1. The sign does not change a point's order.
  let x = power(xx, (P + 3n) / 8n);
  if (mod(x * x) !== xx) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x) !== xx || sign > 1n) return false;
  let point: [bigint, bigint, bigint] = [x, y, 1n];
  for (let times = 0; times < 3; times += 1) point = double(...point);
  return point[0] !== 0n;
}
