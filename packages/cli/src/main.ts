#!/usr/bin/env node
// Nothing is imported up here: an older Node.js has to understand this file to say what it lacks, and V8's flag has to be set
// before anything compiles WebAssembly.
const oldest = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < oldest) {
  process.stderr.write(
    `error: lockstep needs Node.js ${oldest} or later, and this is ${process.version} (${process.execPath}): ` +
      `install a newer one from https://nodejs.org, or run "npx -y -p node@${oldest} -p lockstep lockstep"\n`,
  );
  process.exitCode = 1;
} else {
  const { requestRevectorization } = await import('@lockstep/kernels');
  requestRevectorization();
  const { runCommandLine } = await import('./cli.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

export {};
