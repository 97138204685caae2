import type { FastifyInstance } from 'fastify';

/**
 * Tells a wrong method from a wrong path. To be set up before the routes are.
 * @returns the methods that a path (without its query) knows, for `Allow`; empty when there is no such path.
 */
export function collectMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const path = url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+');
    // A trailing slash changes nothing, as in the router's own options.
    routes.push({ pattern: new RegExp(`^${path}/?$`), methods: [method].flat() });
  });
  return (path) => [
    ...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
  ];
}
