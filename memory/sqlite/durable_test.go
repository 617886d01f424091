package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// TestMain lets the test's binary stand for a process that writes until it is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("MEMORY_TEST_PROCESS") {
	case "":
		os.Exit(m.Run())
	case "add":
		err := writeOn(os.Args[1], os.Args[2])
		fmt.Fprintln(os.Stderr, err)
	case "import":
		err := importOn(os.Args[1], os.Args[2])
		fmt.Fprintln(os.Stderr, err)
	case "contain":
		if err := printThatContain(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			break
		}
		os.Exit(0)
	}
	os.Exit(1)
}

// writeOn adds episodes without end, and names each on stdout once it is stored.
func writeOn(path, session string) error {
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	m, err := memory.New(s, memory.Options{})
	for i := 0; err == nil; i++ {
		var e *memory.Episode
		if e, err = m.Add(context.Background(), memory.Episode{Session: session, ID: fmt.Sprint(i), Role: "r", Content: strings.Repeat("x", i%5000)}); err == nil {
			fmt.Println(e.ID)
		}
	}
	return err
}

func importOn(path, file string) error {
	s, err := Open(context.Background(), path, Options{})
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
	fmt.Println("begun")
	_, err = m.Import(context.Background(), f)
	return err
}

// printThatContain prints the names of the files of a folder that have a text.
func printThatContain(dir, text string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		if strings.Contains(string(raw), text) {
			fmt.Println(f.Name())
		}
	}
	return nil
}

// containing lists the files of a folder that have a text. Another process reads them: in one that has the database
// open, to close a file of it ends the locks of all.
func containing(t *testing.T, dir, text string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir, text)
	cmd.Env = append(os.Environ(), "MEMORY_TEST_PROCESS=contain")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// process starts the test's binary as another process.
func process(t *testing.T, what string, args ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "MEMORY_TEST_PROCESS="+what)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	return cmd, out
}

// TestKilled kills two processes that write to one file: all that they acknowledged is there.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	type seen struct {
		session, last string
		n             int
	}
	results := make(chan seen, 2)
	for _, session := range []string{"a", "b"} {
		cmd, out := process(t, "add", path, session)
		go func() {
			s := seen{session: session}
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				if s.last = lines.Text(); s.n == 300 {
					_ = cmd.Process.Kill()
				}
				s.n++
			}
			results <- s
		}()
	}
	acknowledged := []seen{<-results, <-results}
	s := open(t, path, Options{})
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range acknowledged {
		n := 0
		if err := s.Read(t.Context(), "", func(r memory.Reader) error {
			return r.Episodes(memory.Filter{Sessions: []string{a.session}}, func(*memory.Episode) error { n++; return nil })
		}); err != nil {
			t.Fatal(err)
		}
		if a.n < 300 || n < a.n || n > a.n+1 {
			t.Errorf("session %s: %d acknowledged, up to %s; %d there", a.session, a.n, a.last, n)
		}
	}
}

// TestImportKilled kills an import: what is there is whole thousands, and the same import
// again brings the rest.
func TestImportKilled(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "memory.db"), filepath.Join(dir, "turns.jsonl")
	const lines = 12_000
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, `{"session":"s%d","id":%d,"role":"r","content":"turn number %d"}`+"\n", i%5, i, i)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, Options{})
	count := func() (c memory.Counts) {
		if err := s.Read(t.Context(), "", func(r memory.Reader) (err error) { c, err = r.Counts(); return err }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	spool := t.TempDir()
	t.Setenv("TMPDIR", spool)
	cmd, out := process(t, "import", path, file)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); count().Episodes == 0; {
		if time.Now().After(end) {
			t.Fatal("the import has stored nothing")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if left, err := os.ReadDir(spool); err != nil || len(left) > 0 && runtime.GOOS != "windows" {
		t.Errorf("what was imported is left in %v, %v", left, err)
	}
	there := count().Episodes
	if there%1000 != 0 {
		t.Errorf("%d episodes are there: a transaction was torn", there)
	}
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	done, err := m.Import(t.Context(), strings.NewReader(b.String()))
	if err != nil || done.Added != lines-there || done.Present != there || count().Episodes != lines {
		t.Errorf("%d were there, then %+v, %v", there, done, err)
	}
}

// TestFull stores until there is no room, and then forgets.
func TestFull(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "memory.db"), Options{MaxSize: 1 << 20})
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for err == nil {
		if _, err = m.Add(t.Context(), memory.Episode{Session: "s", ID: fmt.Sprint(stored), Role: "r", Content: strings.Repeat("marigold ", 2000)}); err == nil {
			stored++
		}
	}
	if !errors.Is(err, db.ErrFull) || stored < 10 {
		t.Fatalf("after %d: %v", stored, err)
	}
	if c, err := m.Stats(t.Context()); err != nil || c.Episodes != stored {
		t.Errorf("%d were acknowledged, there are %d, %v", stored, c.Episodes, err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"s"}}, false); err != nil || n != stored {
		t.Errorf("forgot %d of %d: %v", n, stored, err)
	}
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "room again"}); err != nil {
		t.Error(err)
	}
}

// TestDamaged changes bytes of the file: reads of what they belong to fail, and say so.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := memory.New(s, memory.Options{})
	for i := 0; i < 50 && err == nil; i++ {
		_, err = m.Add(t.Context(), memory.Episode{Session: "s", ID: fmt.Sprint(i), Role: "r", Content: fmt.Sprintf("here is needle %02d", i)})
	}
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(raw), "here is needle 07", "here is noodle 07", 1)
	if changed == string(raw) {
		t.Fatal("the text is not in the file")
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := open(t, path, Options{})
	if err := damaged.Check(t.Context()); !errors.Is(err, db.ErrCorrupt) || !strings.Contains(err.Error(), `"7"`) {
		t.Errorf("check: %v", err)
	}
	if m, err = memory.New(damaged, memory.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Get(t.Context(), "s", "7"); !errors.Is(err, db.ErrCorrupt) {
		t.Errorf("get: %v", err)
	}
	if e, err := m.Get(t.Context(), "s", "8"); err != nil || e.Content != "here is needle 08" {
		t.Errorf("another: %+v, %v", e, err)
	}
	found, err := m.Search(t.Context(), memory.Query{Text: "needle 08", Limit: 100})
	if err != nil || len(found) != 49 {
		t.Errorf("a search finds %d, %v", len(found), err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"7"}}, false); n != 1 || err != nil {
		t.Errorf("what is damaged is forgotten: %d, %v", n, err)
	}
	if err := damaged.Check(t.Context()); err != nil {
		t.Errorf("check then: %v", err)
	}
}

// TestForgottenIsGone looks for forgotten texts in the bytes of all files, while another
// process has the store open.
func TestForgottenIsGone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "memory.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := m.Add(t.Context(), memory.Episode{Session: fmt.Sprint("s", i%2), Role: "r", Content: fmt.Sprintf("secret-%d %s", i%2, strings.Repeat("x", 300*i))}); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := memory.New(other, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := theirs.Search(t.Context(), memory.Query{Text: "secret 1"}); err != nil || len(got) == 0 {
		t.Fatal(got, err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"s1"}}, false); n != 20 || err != nil {
		t.Fatal(n, err)
	}
	if files := containing(t, dir, "secret-1"); len(files) > 0 {
		t.Errorf("%v have what was forgotten", files)
	}
	if len(containing(t, dir, "secret-0")) == 0 {
		t.Error("what was not forgotten is in no file")
	}
	got, err := theirs.Search(t.Context(), memory.Query{Text: "secret 1", Limit: 100})
	for _, f := range got {
		if f.Session == "s1" {
			t.Error("another process finds what was forgotten")
		}
	}
	if err != nil || len(got) == 0 {
		t.Errorf("it finds %d, %v", len(got), err)
	}
}

// BenchmarkAdd measures a write that is acknowledged; the median too, since checkpoints are
// few and long.
func BenchmarkAdd(b *testing.B) {
	for name, full := range map[string]bool{"NORMAL": false, "FULL": true} {
		b.Run(name, func(b *testing.B) {
			m, err := memory.New(open(b, filepath.Join(b.TempDir(), "memory.db"), Options{Full: full}), memory.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				if _, err := m.Add(b.Context(), memory.Episode{Session: "s", Role: "r", Content: strings.Repeat("words ", 20)}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// TestNoCopyIsLeft forgets turns of a file whose pages were split often, so that copies of rows stand in unused room: when the store is
// closed none is left. One that was killed before leaves it to the next.
func TestNoCopyIsLeft(t *testing.T) {
	for _, killed := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "memory.db")
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := memory.New(s, memory.Options{})
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := 0; i < 3000 && err == nil; i++ {
			kind := []string{"secret", "public"}[i%2]
			_, err = m.Add(t.Context(), memory.Episode{Session: fmt.Sprintf("%d %s", rnd.IntN(1000), kind), ID: fmt.Sprintf("%d %s-id", rnd.IntN(1<<40), kind), Role: kind, Content: strings.Repeat(kind+" ", rnd.IntN(100))})
		}
		if err == nil {
			_, err = m.Forget(t.Context(), memory.Filter{Roles: []string{"secret"}}, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		left := len(containing(t, dir, "secret"))
		if left == 0 {
			t.Error("no copy is left even before the file is built anew: this shows nothing")
		}
		if killed { // as if nothing were due
			s.eraser.stop()
			<-s.eraser.ended
			for len(s.eraser.due) > 0 {
				<-s.eraser.due
			}
			s.eraser.maybe = false
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if files := containing(t, dir, "secret"); (len(files) > 0) != killed {
			t.Errorf("killed %v: %v have what was forgotten", killed, files)
		}
		if killed {
			if err := open(t, path, Options{}).Close(); err != nil {
				t.Fatal(err)
			}
			if files := containing(t, dir, "secret"); len(files) > 0 {
				t.Errorf("after the next process %v have what was forgotten", files)
			}
		}
		again := open(t, path, Options{})
		if err := again.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
