package daemon

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Protocol is the version of the run folder and of what is spoken on the socket.
const Protocol = 1

// Record is what kernel.json says of a kernel that runs.
type Record struct {
	ID string `json:"id"`
	Process
	Version  string `json:"version"`
	Protocol int    `json:"protocol"`
	// Socket is the path of the unix socket; Activated says that systemd made it, and
	// will serve it to the next kernel.
	Socket    string `json:"socket"`
	Activated bool   `json:"activated,omitempty"`
	// Address is HOST:PORT where the kernel listens on TCP too, and TokenFile the file
	// with what clients show there.
	Address   string `json:"address,omitempty"`
	TokenFile string `json:"token_file,omitempty"`
	// MetricsAddress is HOST:PORT of the metrics.
	MetricsAddress string    `json:"metrics_address,omitempty"`
	ConnectionFile string    `json:"connection_file,omitempty"`
	PIDFile        string    `json:"pid_file,omitempty"`
	LogFile        string    `json:"log_file,omitempty"`
	StartedAt      time.Time `json:"started_at"`
	// Folder is the run folder. It is not in the file.
	Folder string `json:"-"`
}

// parseRecord reads what a kernel, or anything else, has written.
func parseRecord(text []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("read %s: %w", recordFile, err)
	}
	if err := CheckID(r.ID); err != nil {
		return Record{}, fmt.Errorf("read %s: %w", recordFile, err)
	}
	if r.PID <= 0 {
		return Record{}, fmt.Errorf("read %s: the process id is %d", recordFile, r.PID)
	}
	return r, nil
}

// maxRecord is far more than a record needs.
const maxRecord = 64 << 10

// readRecord reads the record of a run folder.
func readRecord(dir string) (Record, error) {
	text, err := readSmall(filepath.Join(dir, recordFile), maxRecord)
	if err != nil {
		return Record{}, err
	}
	r, err := parseRecord(text)
	r.Folder = dir
	return r, err
}

// readSmall reads a file that is not larger than limit.
func readSmall(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is not a file of at most %d bytes", path, limit)
	}
	return os.ReadFile(path)
}

// writeWhole writes a file for this user only. Others see the old file or the new
// one, never a part. explain adds to errors of the system what can be done.
func writeWhole(path string, text []byte, explain func(error) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return explain(fmt.Errorf("write %s: %w", path, err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = explain(fmt.Errorf("write %s: %w", path, err))
		}
	}()
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path) // CreateTemp has made it 0600
}
