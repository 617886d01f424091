import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { expand, folderOf, setting } from './settings';

/** A program with the arguments that come before all others. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** The working folder that it needs, for `go tool`; undefined for any. */
  readonly cwd?: string;
  /** Where it was found: the setting, the workspace, PATH, the extension, or Go's folder of programs. */
  readonly origin: 'setting' | 'workspace' | 'go tool' | 'PATH' | 'extension' | 'go install';
}

/** Where to look, apart from the editor, so that tests can say. */
export interface Places {
  /** llmspell.path, variables not yet replaced. */
  readonly setting: string;
  readonly folders: readonly string[];
  /** The value of PATH. */
  readonly path: string;
  /** PATHEXT of Windows, else undefined. */
  readonly extensions?: string;
  /** The folder of the extension. */
  readonly extension: string;
  /** GOBIN and GOPATH, where they are set, and the user's home folder. */
  readonly gobin?: string;
  readonly gopath?: string;
  readonly home: string;
}

/** Says that the setting names no program. */
export class BadSetting extends Error {}

/** Says that a program that was found is another one. */
export class WrongProgram extends Error {}

/** Milliseconds in which a program says what it is. One that takes longer is believed. */
const PATIENCE = 5000;

/**
 * Asks a program what it is; WrongProgram if it is not llmspell. What `go tool` has to build
 * first is not asked.
 */
export function verify(program: Program): Promise<void> {
  if (program.args.length > 0) {
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    execFile(program.command, ['--version'], { timeout: PATIENCE, windowsHide: true }, (error, stdout) => {
      if (error?.killed || /^llmspell /.test(stdout)) {
        resolve();
        return;
      }
      const said = stdout.trim().split('\n')[0] || error?.message.trim().split('\n')[0] || 'nothing';
      reject(new WrongProgram(`${program.command} (${program.origin}) is not llmspell: asked for its version it says ${JSON.stringify(said)}`));
    });
  });
}

/**
 * Finds llmspell: in the setting, as bin/llmspell or `go tool llmspell` of the workspace, on PATH,
 * in the extension, and where `go install` puts it. Undefined if it is nowhere; BadSetting if the setting names none.
 */
export async function locate(places: Places): Promise<Program | undefined> {
  if (places.setting) {
    const command = path.isAbsolute(places.setting) ? await executable(places.setting, places) : await configured(places);
    if (!command) {
      throw new BadSetting(`llmspell.path is ${JSON.stringify(places.setting)}, and there is no program of that name`);
    }
    return { command, args: [], origin: 'setting' };
  }
  for (const folder of places.folders) {
    const command = await executable(path.join(folder, 'bin', 'llmspell'), places);
    if (command) {
      return { command, args: [], origin: 'workspace' };
    }
  }
  for (const folder of places.folders) {
    const go = (await isGoTool(folder)) ? await onPath('go', places) : undefined;
    if (go) {
      const built = await builtTool(go, folder);
      return built ? { command: built, args: [], origin: 'go tool' } : { command: go, args: ['tool', 'llmspell'], cwd: folder, origin: 'go tool' };
    }
  }
  const command = await onPath('llmspell', places);
  if (command) {
    return { command, args: [], origin: 'PATH' };
  }
  const bundled = await executable(path.join(places.extension, 'bin', 'llmspell'), places);
  if (bundled) {
    return { command: bundled, args: [], origin: 'extension' };
  }
  for (const folder of await goFolders(places)) {
    const installed = await executable(path.join(folder, 'llmspell'), places);
    if (installed) {
      return { command: installed, args: [], origin: 'go install' };
    }
  }
  return undefined;
}

/**
 * Where `go install` puts programs: what the environment says, then what the go command says, which knows
 * its own settings (`go env -w`), then Go's default.
 */
async function goFolders(places: Places): Promise<string[]> {
  let { gobin, gopath } = places;
  const go = gobin ? undefined : await onPath('go', places);
  if (go) {
    const said = await goEnvironment(go);
    gobin = said.GOBIN;
    gopath = said.GOPATH || gopath;
  }
  const folders = [gobin, ...(gopath ?? '').split(path.delimiter).map((root) => root && path.join(root, 'bin')), path.join(places.home, 'go', 'bin')];
  return [...new Set(folders.filter((folder): folder is string => !!folder && path.isAbsolute(folder)))];
}

/** What `go env` says of its folders; nothing if it cannot be asked. */
function goEnvironment(go: string): Promise<{ GOBIN?: string; GOPATH?: string }> {
  return new Promise((resolve) => {
    execFile(go, ['env', '-json', 'GOBIN', 'GOPATH'], { timeout: PATIENCE, windowsHide: true }, (error, stdout) => {
      try {
        resolve(error ? {} : (JSON.parse(stdout) as { GOBIN?: string; GOPATH?: string }));
      } catch {
        resolve({});
      }
    });
  });
}

/** A relative setting: a path below a folder of the workspace, or a name on PATH. */
async function configured(places: Places): Promise<string | undefined> {
  if (!/[/\\]/.test(places.setting)) {
    return onPath(places.setting, places);
  }
  for (const folder of places.folders) {
    const command = await executable(path.join(folder, places.setting), places);
    if (command) {
      return command;
    }
  }
  return undefined;
}

async function onPath(name: string, places: Places): Promise<string | undefined> {
  for (const folder of places.path.split(path.delimiter)) {
    const command = folder && (await executable(path.join(folder, name), places));
    if (command) {
      return command;
    }
  }
  return undefined;
}

/** The path, with one of Windows' extensions where needed, if it is a program. */
async function executable(file: string, places: Places): Promise<string | undefined> {
  const endings = places.extensions === undefined ? [''] : ['', ...places.extensions.toLowerCase().split(';')];
  for (const ending of endings) {
    if (places.extensions !== undefined && ending === '' && !path.extname(file)) {
      continue;
    }
    try {
      await access(file + ending, constants.X_OK);
      if ((await stat(file + ending)).isFile()) {
        return file + ending;
      }
    } catch {
      // Not there, or no program: look on.
    }
  }
  return undefined;
}

/** Whether go.mod of a folder has llmspell as a tool. */
export async function isGoTool(folder: string): Promise<boolean> {
  try {
    const text = await readFile(path.join(folder, 'go.mod'), 'utf8');
    return /^\s*(?:tool\s+)?github\.com\/llmspell\/llmspell\s*(?:\/\/.*)?$/m.test(text);
  } catch {
    return false;
  }
}

/** Where `go tool` keeps the program that it has built, which starts without the go command. */
function builtTool(go: string, folder: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(go, ['tool', '-n', 'llmspell'], { cwd: folder, timeout: 120_000 }, (error, stdout) => {
      const file = stdout.trim();
      access(file, constants.X_OK).then(
        () => resolve(error ? undefined : file),
        () => resolve(undefined),
      );
    });
  });
}

/** Where the editor's settings and workspace say to look. */
export function places(extension: string, scope?: vscode.ConfigurationScope): Places {
  const first = folderOf(scope);
  const folders = [...(first ? [first] : []), ...(vscode.workspace.workspaceFolders ?? [])].map((folder) => folder.uri.fsPath);
  return {
    setting: expand(setting('path', '', scope), scope),
    folders: [...new Set(folders)],
    path: process.env['PATH'] ?? process.env['Path'] ?? '',
    extensions: process.platform === 'win32' ? (process.env['PATHEXT'] ?? '.EXE;.CMD;.BAT') : undefined,
    extension,
    gobin: process.env['GOBIN'],
    gopath: process.env['GOPATH'],
    home: homedir(),
  };
}
