import { defineConfig } from 'rolldown';

/** What an older runtime lacks is then missed where it is used, and not when the file is loaded. */
const lenientBuiltins = {
  name: 'lenient-builtins',
  renderChunk: (code: string): string =>
    code.replaceAll(
      /import\s*\{([^}]*)\}\s*from\s*["'](node:[a-z/_]+)["'];?/g,
      (_, names: string, module: string) => {
        const local = `$${module.replaceAll(/[^a-z]/g, '_')}_${names.length}`;
        return `import ${local} from "${module}";const {${names.replaceAll(' as ', ':')}} = ${local};`;
      },
    ),
};

/** One file that runs on Node 20 and later, with all of our own and others' code in it. */
export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // Native helpers that their packages do without.
  external: [/\.node$/, 'cpu-features'],
  transform: { target: 'node20' },
  plugins: [lenientBuiltins],
  output: {
    file: 'dist/builds.mjs',
    format: 'esm',
    codeSplitting: false,
    minify: { compress: true, mangle: false },
  },
});
