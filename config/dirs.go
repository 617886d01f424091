package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// app is the name of our folder in those of the user.
const app = "llmspell"

// ConfigDir returns the folder of the user's configuration: $XDG_CONFIG_HOME/llmspell,
// or the system's own place for such things. It need not exist.
func ConfigDir() string { return userDir("XDG_CONFIG_HOME", ".config") }

// DataDir returns the folder of databases: $XDG_DATA_HOME/llmspell.
func DataDir() string { return userDir("XDG_DATA_HOME", ".local/share") }

// StateDir returns the folder of logs and history: $XDG_STATE_HOME/llmspell.
func StateDir() string { return userDir("XDG_STATE_HOME", ".local/state") }

// userDir finds a folder of the user. A variable that is not absolute does not
// count, as the XDG specification wants it.
func userDir(variable, unix string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, app)
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, app)
		}
	case "darwin":
		unix = "Library/Application Support"
	}
	home, err := os.UserHomeDir()
	if err != nil { // no home: a service's user. Nothing of others' may be met here
		return filepath.Join(os.TempDir(), app+"-"+strconv.Itoa(os.Getuid()), filepath.Base(unix))
	}
	return filepath.Join(home, filepath.FromSlash(unix), app)
}
