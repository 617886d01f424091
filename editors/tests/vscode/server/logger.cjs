// Stands for the server's logger, whose native part is not built: it writes lines into files, so that a
// failed test can show them.
const { appendFileSync, mkdirSync } = require('node:fs');
const path = require('node:path');

class Logger {
  #level = 2;

  constructor(_type, _name, file) {
    this.file = file;
    mkdirSync(path.dirname(file), { recursive: true });
    appendFileSync(file, ''); // an output channel without a file is an error
  }

  #write(level, name, message) {
    if (level >= this.#level) appendFileSync(this.file, `[${name}] ${message}\n`);
  }

  trace(message) { this.#write(0, 'trace', message); }
  debug(message) { this.#write(1, 'debug', message); }
  info(message) { this.#write(2, 'info', message); }
  warn(message) { this.#write(3, 'warning', message); }
  error(message) { this.#write(4, 'error', message); }
  critical(message) { this.#write(5, 'critical', message); }
  getLevel() { return this.#level; }
  setLevel(level) { this.#level = level; }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() {}
}

const create = async (name, file) => new Logger('rotating', name, file);

// One by one: only so an import finds their names.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
