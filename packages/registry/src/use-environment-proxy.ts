import http from 'node:http';

/** Never through a proxy: our own programs talk to each other there. */
const LOOPBACK = 'localhost,127.0.0.1,::1';

/**
 * Lets this process's HTTP go through the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name, in either case, as
 * cargo, git and curl do. Node itself does so only when told. To be called once, by a program's start.
 */
export function useEnvironmentProxy(environment: Readonly<Record<string, string | undefined>>): void {
  const { HTTP_PROXY, http_proxy = HTTP_PROXY, HTTPS_PROXY, https_proxy = HTTPS_PROXY } = environment;
  if ((http_proxy ?? '') === '' && (https_proxy ?? '') === '') return;
  const except = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  http.setGlobalProxyFromEnv({
    ...(http_proxy === undefined ? {} : { http_proxy }),
    ...(https_proxy === undefined ? {} : { https_proxy }),
    no_proxy: except === '' ? LOOPBACK : `${except},${LOOPBACK}`,
  });
}
