/** What commands in a sandbox or container see, whatever the machine's own paths are. */
export const BUILD_PATH = '/build';
export const CARGO_PATH = '/cargo';
export const TOOLCHAIN_PATH = '/toolchain';
/** Where the machine's extra CA bundle is mounted. */
export const CA_BUNDLE_PATH = '/etc/ssl/buildsrs-ca.pem';
