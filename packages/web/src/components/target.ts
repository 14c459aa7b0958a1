import { GENERIC_TARGET, type Target } from '@buildsrs/common';
import { html, type Html } from '../html.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x86-64',
  i686: 'x86, 32 bit',
  aarch64: 'ARM64',
  armv7: 'ARMv7',
  riscv64gc: 'RISC-V 64',
  powerpc64le: 'POWER 64',
  s390x: 'IBM Z',
  loongarch64: 'LoongArch 64',
  wasm32: 'WebAssembly',
};

function systemOf(target: string): string | undefined {
  if (target.includes('-linux-')) {
    const libc = target.includes('musl') ? 'musl, static' : target.includes('android') ? 'Android' : 'glibc';
    return `Linux, ${libc}`;
  }
  if (target.includes('-apple-darwin')) return 'macOS';
  if (target.includes('-apple-ios')) return 'iOS';
  if (target.includes('-windows-')) return 'Windows';
  if (target.includes('-freebsd')) return 'FreeBSD';
  if (target.includes('-netbsd')) return 'NetBSD';
  if (target.includes('-openbsd')) return 'OpenBSD';
  return target.includes('-wasi') ? 'WASI' : undefined;
}

/** What a target is called by people (`Linux, glibc · x86-64`); the triple itself where there is no better word. */
export function targetTitle(target: Target): string {
  if (target === GENERIC_TARGET) return 'any system';
  const system = systemOf(target);
  const architecture = ARCHITECTURES[target.split('-', 1)[0] ?? ''];
  return [system, architecture].filter((part) => part !== undefined).join(' · ') || target;
}

/** A target as a small label. */
function targetChip(target: Target): Html {
  return html`<span class="chip" title="${targetTitle(target)}">${target}</span>`;
}

/** Targets as a row of labels, or a word where there are none. */
export function targetChips(targets: readonly Target[], none: string): Html {
  if (targets.length === 0) return html`<span class="quiet">${none}</span>`;
  return html`<span class="chips">${targets.map(targetChip)}</span>`;
}
