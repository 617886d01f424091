// A VS Code of our own: code-server on a port of the system's choice, with its state in a
// temporary folder and no gallery of extensions to ask.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODE, killMarked, marked, RUN } from './processes.mjs';
import { until } from './wait.mjs';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const entry = path.join(here, 'node_modules/code-server/out/node/entry.js');

// What would ask the network, or stand before what the tests look at.
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.enabled': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'remote.autoForwardPorts': false,
  'files.autoSave': 'off',
  'git.enabled': false,
  'window.commandCenter': false,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.cursorBlinking': 'solid',
  'editor.fontFamily': 'DejaVu Sans Mono',
  'editor.minimap.enabled': false,
  'debug.openDebug': 'openOnDebugBreak',
  'debug.internalConsoleOptions': 'neverOpen',
  'debug.toolBarLocation': 'docked',
  // A terminal that is text on the page, with a shell that reads nobody's profile.
  'terminal.integrated.gpuAcceleration': 'off',
  'terminal.integrated.defaultProfile.linux': 'sh',
  'terminal.integrated.profiles.linux': { sh: { path: '/bin/sh' } },
  'terminal.integrated.shellIntegration.enabled': false,
};

// Code is one server with one workspace folder.
export class Code {
  // start makes the folders and starts the server. Options:
  //   files       name → text of the workspace
  //   extensions  folders of extensions that are put in beside the packages in vsix
  //   vsix        packages that are installed as a user does it
  //   settings    settings over those above
  //   env         variables over the clean environment
  static async start({ files, extensions = [], vsix = [], settings = {}, env = {} }) {
    const code = new Code();
    try {
      code.#prepare(files, settings, env);
      // In this order: installing writes the list of what is there, and what comes later is not on it.
      for (const folder of extensions) code.#copy(folder);
      for (const file of vsix) await code.#run('--install-extension', file);
      await code.#serve();
    } catch (error) {
      await code.stop();
      throw error;
    }
    return code;
  }

  #prepare(files, settings, env) {
    const binary = process.env.LLMSPELL;
    if (!binary || !existsSync(binary)) throw new Error('set LLMSPELL to the path of the llmspell binary');
    if (!existsSync(entry)) throw new Error('code-server is not installed, run: scripts/install.sh');
    // A short path: names of sockets below it may have 107 bytes.
    this.root = mkdtempSync(path.join(os.tmpdir(), 'lsc-'));
    this.mark = path.basename(this.root);
    const folder = (name) => {
      const made = path.join(this.root, name);
      mkdirSync(made, { recursive: true, mode: 0o700 });
      return made;
    };
    this.workspace = folder('w');
    this.extensions = folder('ext');
    this.data = folder('code');
    this.results = path.join(this.root, 'results.json'); // of an extension that tests from within
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.workspace, name)), { recursive: true });
      writeFileSync(path.join(this.workspace, name), text);
    }
    writeFileSync(path.join(folder('code/User'), 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }, null, 1));
    writeFileSync(path.join(this.root, 'config.yaml'), 'bind-addr: 127.0.0.1:0\nauth: none\ncert: false\n');
    symlinkSync(path.resolve(binary), path.join(folder('bin'), 'llmspell'));
    // Nothing of the caller's but the search path: a terminal within VS Code sets variables
    // that make this one a client of that.
    this.env = {
      PATH: `${path.join(this.root, 'bin')}:${process.env.PATH}`,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: folder('home'),
      TMPDIR: folder('tmp'),
      XDG_DATA_HOME: folder('share'),
      XDG_STATE_HOME: folder('state'),
      XDG_CONFIG_HOME: folder('config'),
      XDG_CACHE_HOME: folder('cache'),
      XDG_RUNTIME_DIR: folder('run'),
      EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}',
      // The environment is this one. Else a login shell is asked for it.
      VSCODE_CLI: '1',
      DRIVER_RESULTS: this.results,
      [CODE]: this.mark,
      [RUN]: process.env[RUN] ?? '',
      ...env,
    };
  }

  // set makes these the settings of the workspace, and no others.
  set(settings) {
    const folder = path.join(this.workspace, '.vscode');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(settings, null, 1));
  }

  #copy(folder) {
    const { publisher, name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    cpSync(folder, path.join(this.extensions, `${publisher}.${name}-${version}`), { recursive: true });
  }

  #spawn(args) {
    const common = ['--config', path.join(this.root, 'config.yaml'), '--user-data-dir', this.data, '--extensions-dir', this.extensions];
    const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'];
    const child = spawn(process.execPath, [entry, ...common, ...quiet, ...args], { cwd: this.root, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const run = { child, output: '' };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (run.output += text));
    run.ended = new Promise((resolve) => child.on('close', resolve));
    child.on('close', (status) => (run.status = status ?? -1));
    child.on('error', (error) => (run.output += error.message));
    return run;
  }

  async #run(...args) {
    const run = this.#spawn(args);
    await until(`the end of code-server ${args[0]}`, () => run.status !== undefined);
    if (run.status !== 0) throw new Error(`code-server ${args.join(' ')} ended with ${run.status}: ${run.output}`);
  }

  async #serve() {
    this.server = this.#spawn([this.workspace]);
    const [, address] = await until('the address that code-server serves', () => {
      if (this.server.status !== undefined) throw new Error(`code-server ended with ${this.server.status}: ${this.server.output}`);
      return /HTTP server listening on (http:\S+)/.exec(this.server.output);
    });
    this.url = `${address}?folder=${encodeURIComponent(this.workspace)}`;
  }

  file(name) {
    return path.join(this.workspace, name);
  }

  // logs are the ends of what the server, the extension host and the extensions have written.
  logs() {
    const parts = [`--- code-server\n${tail(this.server?.output ?? '')}`];
    const visit = (folder) => {
      if (!existsSync(folder)) return;
      for (const found of readdirSync(folder, { withFileTypes: true })) {
        const full = path.join(folder, found.name);
        if (found.isDirectory()) visit(full);
        else if (found.name.endsWith('.log')) parts.push(`--- ${found.name}\n${tail(readFileSync(full, 'utf8'))}`);
      }
    };
    visit(path.join(this.data, 'logs'));
    visit(path.join(this.root, 'state'));
    return parts.filter((part) => part.trim().includes('\n')).join('\n');
  }

  // stop ends everything that was started here, and takes the folders away.
  async stop() {
    this.server?.child.kill();
    if (this.mark) {
      await until('the end of all that was started', () => {
        killMarked(this.mark);
        return marked(this.mark).length === 0;
      });
    }
    await this.server?.ended;
    if (this.root) rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function tail(text, lines = 40) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
