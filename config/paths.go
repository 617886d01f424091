package config

import "path/filepath"

// BaseDir returns the folder of databases: storage.base_dir, or DataDir.
func (c *Config) BaseDir() string { return either(c.Storage.BaseDir, DataDir()) }

// StatePath returns the path of the database of the global State.
func (c *Config) StatePath() string {
	return either(c.Storage.DatabasePath, filepath.Join(c.BaseDir(), "state.db"))
}

// SessionsPath returns the path of the database of sessions and artifacts.
func (c *Config) SessionsPath() string {
	return filepath.Join(either(c.Storage.SessionsDir, c.BaseDir()), "sessions.db")
}

// HistoryPath returns the path of the database of what was typed.
func (c *Config) HistoryPath() string { return filepath.Join(c.BaseDir(), "history.db") }

// BackupDir returns the folder of backups of the global State.
func (c *Config) BackupDir() string {
	return either(c.Runtime.StatePersistence.Backup.Dir, filepath.Join(filepath.Dir(c.StatePath()), "backups"))
}
