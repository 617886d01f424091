package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/zeebo/blake3"
)

func damaged(format string, args ...any) error {
	return errf(ErrDamaged, "the bundle cannot be imported: "+format, args...)
}

func (m *importer) open(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return damaged("it is no zip archive, or incomplete: %v", err)
	}
	if len(z.File) > maxBundleFiles {
		return damaged("it holds %d files; at most %d are read", len(z.File), maxBundleFiles)
	}
	m.zip = make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		if _, twice := m.zip[f.Name]; twice {
			return damaged("it holds %q twice", clip(f.Name))
		}
		m.zip[f.Name] = f
	}
	data, err := m.small(manifestFile, false)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &m.m); err != nil {
		return damaged("%s: %v", manifestFile, err)
	}
	switch {
	case m.m.Format != bundleFormat:
		return damaged("it is no exported session (its format is %q)", clip(m.m.Format))
	case m.m.Version < 1:
		return damaged("it has the version %d, which never was", m.m.Version)
	case m.m.Version > bundleVersion:
		return damaged("it has version %d, and this llmspell reads up to %d: use a newer one", m.m.Version, bundleVersion)
	}
	for name := range m.zip {
		if _, listed := m.m.Files[name]; !listed && name != manifestFile {
			return damaged("it holds %q, which %s does not list", clip(name), manifestFile)
		}
	}
	return nil
}

// small reads a file that is no content as a whole.
func (m *importer) small(name string, checked bool) ([]byte, error) {
	f := m.zip[name]
	if f == nil {
		return nil, damaged("%s is missing", name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, maxBundleMeta-m.meta+1))
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	if m.meta += int64(len(data)); m.meta > maxBundleMeta {
		return nil, errf(ErrLimit, "the bundle cannot be imported: its journal has more than %d bytes", maxBundleMeta)
	}
	if checked {
		sum := blake3.Sum256(data)
		if want := m.m.Files[name]; hex.EncodeToString(sum[:]) != want.Hash {
			return nil, damaged("%s is not as it was written", name)
		}
	}
	return data, nil
}

// object reads a file of one JSON object.
func (m *importer) object(name string, v any) error {
	data, err := m.small(name, true)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return damaged("%s: %v", name, err)
	}
	return nil
}

// readLines reads a file of one object a line.
func readLines[T any](m *importer, name string, check func(*T) error) ([]T, error) {
	data, err := m.small(name, true)
	if err != nil {
		return nil, err
	}
	var out []T
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, maxBundleLine)
	for n := 1; sc.Scan(); n++ {
		var v T
		err := json.Unmarshal(sc.Bytes(), &v)
		if err == nil {
			err = check(&v)
		}
		if err != nil {
			return nil, damaged("%s, line %d: %v", name, n, err)
		}
		out = append(out, v)
	}
	if err := sc.Err(); err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	return out, nil
}
