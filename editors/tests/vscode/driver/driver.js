// Runs the steps within the extension host, through the editor's API alone, and writes how each went into the
// file DRIVER_RESULTS: {version, steps: [{name, error?}], done}.
const { renameSync, writeFileSync } = require('node:fs');
const vscode = require('vscode');
const { debugging } = require('./debugging');
const { language } = require('./language');

exports.activate = () => {
  if (process.env.DRIVER_RESULTS) void drive(process.env.DRIVER_RESULTS);
};

async function drive(file) {
  const results = { version: vscode.version, steps: [], done: false };
  const write = () => {
    writeFileSync(`${file}.new`, JSON.stringify(results, null, 1));
    renameSync(`${file}.new`, file); // it is read at any moment, and then is whole
  };
  try {
    const steps = { ...language(results), ...debugging() };
    for (const [name, step] of Object.entries(steps)) {
      const result = { name };
      results.steps.push(result);
      write();
      await step().catch((error) => (result.error = String(error?.stack ?? error)));
      if (result.error) break; // what comes after builds on it
      result.passed = true;
      write();
    }
  } catch (error) {
    results.steps.push({ name: 'the driver', error: String(error?.stack ?? error) });
  }
  results.done = true;
  write();
}
