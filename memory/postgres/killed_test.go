//go:build unix

package postgres

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// TestMain lets the test's binary stand for a kernel that imports until it is killed.
func TestMain(m *testing.M) {
	if os.Getenv("MEMORY_TEST_PROCESS") == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, importOn(os.Args[1], os.Args[2], os.Args[3]))
	os.Exit(1)
}

// importOn imports a file, and says when it has begun.
func importOn(address, schema, file string) error {
	s, err := Open(context.Background(), Options{URL: address, Schema: schema, Wait: time.Minute})
	if err != nil {
		return err
	}
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	fmt.Println("begins")
	_, err = m.Import(context.Background(), f)
	return err
}

// TestImportKilled kills the kernel in a bulk import, and then the server in the one that goes on: what is there is
// whole thousands, and in the end all is there, once.
func TestImportKilled(t *testing.T) {
	p := server(t)
	s := open(t, p, Options{Wait: time.Minute})
	file := filepath.Join(t.TempDir(), "turns.jsonl")
	const lines = 8000
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, `{"session":"s%d","id":%d,"role":"r","content":"turn number %d"}`+"\n", i%5, i, i)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := s.Read(t.Context(), "", func(r memory.Reader) error { c, err := r.Counts(); n = c.Episodes; return err }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	more := func(than int) int {
		for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			if n := count(); n > than {
				return n
			}
			if time.Now().After(end) {
				t.Fatal("the import stores nothing")
			}
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	cmd := exec.Command(os.Args[0], address(p), s.schema, file)
	cmd.Env = append(os.Environ(), "MEMORY_TEST_PROCESS=import")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	more(0)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	there := count() // the server may still be at work for the one that is gone
	if there%1000 != 0 {
		t.Errorf("%d episodes are there: a transaction was torn", there)
	}
	m := newMemory(t, s)
	imported := make(chan error, 1)
	var done memory.Imported
	go func() {
		var err error
		done, err = m.Import(context.Background(), strings.NewReader(b.String()))
		imported <- err
	}()
	if there < lines-1000 {
		more(there)
	}
	p.Kill(t)
	p.Start(t)
	if err := <-imported; err != nil {
		t.Fatal(err)
	}
	if n := count(); n != lines || done.Added+done.Present != lines {
		t.Errorf("%d were there, then %+v: %d", there, done, n)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
