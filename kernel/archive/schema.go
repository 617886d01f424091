package archive

// schema is version 1 of the database. Times are microseconds since 1970,
// durations nanoseconds. A content without a hash is one that is being written;
// touched says when it last grew.
const schema = `
CREATE TABLE sessions (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
  metadata BLOB NOT NULL, created_by TEXT NOT NULL, parent TEXT NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, ended INTEGER NOT NULL,
  next_execution INTEGER NOT NULL, next_artifact INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_name ON sessions(name);
CREATE INDEX sessions_by_created ON sessions(created);
CREATE INDEX sessions_by_updated ON sessions(updated);

CREATE TABLE session_tags (
  session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, tag TEXT NOT NULL,
  PRIMARY KEY (session, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_tags_by_tag ON session_tags(tag);

CREATE TABLE contents (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT UNIQUE, size INTEGER NOT NULL, stored INTEGER NOT NULL, touched INTEGER NOT NULL
) STRICT;
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY, content INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE, sequence INTEGER NOT NULL,
  size INTEGER NOT NULL, encoding INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE (content, sequence)
) STRICT;

CREATE TABLE variables (
  session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, name TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (session, name)
) STRICT;

CREATE TABLE checkpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  name TEXT NOT NULL, created INTEGER NOT NULL, execution INTEGER NOT NULL, variables INTEGER NOT NULL REFERENCES contents(id)
) STRICT;
CREATE INDEX checkpoints_by_session ON checkpoints(session, id);
CREATE INDEX checkpoints_by_content ON checkpoints(variables);

CREATE TABLE executions (
  session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, sequence INTEGER NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, source INTEGER NOT NULL REFERENCES contents(id), args BLOB NOT NULL, dir TEXT NOT NULL,
  state TEXT NOT NULL, variables INTEGER REFERENCES contents(id),
  started INTEGER NOT NULL, duration INTEGER NOT NULL, outcome TEXT NOT NULL, process TEXT NOT NULL,
  output BLOB NOT NULL, output_encoding INTEGER NOT NULL, output_size INTEGER NOT NULL,
  result BLOB NOT NULL, result_encoding INTEGER NOT NULL, error TEXT NOT NULL, dropped INTEGER NOT NULL,
  PRIMARY KEY (session, sequence)
) STRICT;
CREATE INDEX executions_by_source ON executions(source);
CREATE INDEX executions_by_variables ON executions(variables) WHERE variables IS NOT NULL;

CREATE TABLE entries (
  session TEXT NOT NULL, execution INTEGER NOT NULL, sequence INTEGER NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, started INTEGER NOT NULL, duration INTEGER NOT NULL,
  params BLOB NOT NULL, params_encoding INTEGER NOT NULL, result BLOB NOT NULL, result_encoding INTEGER NOT NULL,
  PRIMARY KEY (session, execution, sequence),
  FOREIGN KEY (session, execution) REFERENCES executions(session, sequence) ON DELETE CASCADE
) STRICT;

CREATE TABLE artifacts (
  session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, sequence INTEGER NOT NULL,
  name TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, mime TEXT NOT NULL,
  content INTEGER NOT NULL REFERENCES contents(id), created INTEGER NOT NULL, created_by TEXT NOT NULL, metadata BLOB NOT NULL,
  PRIMARY KEY (session, sequence), UNIQUE (session, name, version)
) STRICT;
CREATE INDEX artifacts_by_content ON artifacts(content);
CREATE INDEX artifacts_by_created ON artifacts(created);

CREATE TABLE artifact_tags (
  session TEXT NOT NULL, artifact INTEGER NOT NULL, tag TEXT NOT NULL,
  PRIMARY KEY (session, artifact, tag),
  FOREIGN KEY (session, artifact) REFERENCES artifacts(session, sequence) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`
