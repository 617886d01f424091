package batch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrChanged says that somebody else has changed a file meanwhile.
var ErrChanged = errors.New("the file has changed meanwhile: nothing was written")

// Write puts a text in the place of a file's, at once: whoever reads it has the old one
// or the new one. The file keeps its permissions and its owner, and a link remains one. A
// file that may not be written is not replaced either. If it does not have the text before
// any more, the error is ErrChanged.
func Write(path, before, text string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := writable(path, real, before)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(real), ".llmspell-*")
	if err != nil {
		var failed *fs.PathError // of a name that nobody knows
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("write a file beside %s: %w", path, err)
	}
	_, err = file.WriteString(text)
	keepOwner(file, info) // before the mode: it may take bits of that
	err = errors.Join(err, file.Chmod(info.Mode().Perm()), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), real)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}

// writable returns what there is to know of a file that may be written, and has a text.
func writable(path, real, text string) (fs.FileInfo, error) {
	file, err := os.OpenFile(real, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	now, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if string(now) != text {
		return nil, fmt.Errorf("%s: %w", path, ErrChanged)
	}
	return file.Stat()
}
