package archive

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asWriter makes the test program one that writes until it is killed: the value
// is the database, a comma, and a session.
const asWriter = "LLMSPELL_TEST_ARCHIVE_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(asReader); path != "" {
		if err := readOnce(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if spec := os.Getenv(asWriter); spec != "" {
		path, session, _ := strings.Cut(spec, ",")
		if err := writeForever(path, session); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeForever stores artifacts and journals executions, and says so on stdout when
// they are acknowledged, until stdin ends.
func writeForever(path, session string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{Limits: Limits{Artifacts: -1}})
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3) // the parent is gone
	}()
	for i := 0; ; i++ {
		size := 100
		if i%3 == 2 {
			size = 2*chunkSize + 17
		}
		a, err := s.StoreArtifact(ctx, ArtifactSpec{Session: session, Name: "a"}, io.LimitReader(noise(os.Getpid()*1_000_000+i), int64(size)))
		if err != nil {
			return err
		}
		fmt.Printf("artifact %d %s\n", a.Sequence, a.Hash)
		r, err := s.Begin(ctx, session, Start{Kind: KindCode, Name: "=x", Source: fmt.Sprint("return ", i), State: "s"})
		if err != nil {
			return err
		}
		fmt.Printf("begun %d\n", r.Sequence())
		for n := range 5 {
			r.ToolCall("t", map[string]any{"n": int64(n)}, "r", time.Now(), 0)
		}
		if i%2 == 0 {
			if err := r.Flush(ctx); err != nil {
				return err
			}
			fmt.Printf("flushed %d\n", r.Sequence())
		}
		if err := r.End(ctx, End{Outcome: Succeeded, Result: []any{int64(i)}, Variables: map[string]any{"i": int64(i)}}); err != nil {
			return err
		}
		fmt.Printf("ended %d %d\n", r.Sequence(), i)
	}
}

// noise is an endless stream that does not compress.
func noise(seed int) io.Reader {
	return rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24), byte(seed >> 32)})
}

// startWriter starts a writer and returns its acknowledgements.
func startWriter(t *testing.T, path, session string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asWriter+"="+path+","+session)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	return cmd, bufio.NewScanner(out)
}

// Whatever a writer has acknowledged is there after it was killed, and nothing
// else is broken.
func TestKilledWritersLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := openAt(t, path, Options{Limits: Limits{Artifacts: -1}})
	session := create(t, s, Spec{})
	rounds := 15
	if testing.Short() {
		rounds = 6
	}
	artifacts, ended, flushed := map[int]string{}, map[int]int{}, map[int]bool{}
	for range rounds {
		// Two at a time, which are killed wherever they are.
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 2 {
			cmd, lines := startWriter(t, path, session.ID)
			stopAfter := 1 + rand.IntN(12)
			wg.Go(func() {
				n := 0
				for lines.Scan() {
					f := strings.Fields(lines.Text())
					seq, _ := strconv.Atoi(f[1])
					mu.Lock()
					switch f[0] {
					case "artifact":
						artifacts[seq] = f[2]
					case "flushed":
						flushed[seq] = true
					case "ended":
						ended[seq], _ = strconv.Atoi(f[2])
					}
					mu.Unlock()
					if n++; n == stopAfter {
						_ = cmd.Process.Kill()
					}
				}
				_ = cmd.Wait() // it was killed
			})
		}
		wg.Wait()
	}
	checkAcknowledged(t, s, session.ID, artifacts, ended, flushed)
}

func checkAcknowledged(t *testing.T, s *Store, session string, artifacts map[int]string, ended map[int]int, flushed map[int]bool) {
	t.Helper()
	ctx := context.Background()
	if len(artifacts) == 0 || len(ended) == 0 || len(flushed) == 0 {
		t.Fatalf("nothing was acknowledged: %d artifacts, %d ends, %d flushes", len(artifacts), len(ended), len(flushed))
	}
	for seq, hash := range artifacts {
		if a, err := s.Artifact(ctx, ArtifactRef{Session: session, Sequence: seq}); err != nil || a.Hash != hash {
			t.Errorf("artifact %d: %v, %v", seq, a, err)
		}
	}
	if _, damaged, err := s.Verify(ctx, session); err != nil || len(damaged) > 0 {
		t.Errorf("damaged: %v, %v", damaged, err)
	}
	for _, e := range must[[]*Execution](t)(s.Executions(ctx, session, 0, 0, 0)) {
		if i, ok := ended[e.Sequence]; ok && (e.Outcome != Succeeded || len(e.Result) != 1 || e.Result[0] != int64(i) || e.Calls != 5) {
			t.Errorf("execution %d: %+v", e.Sequence, e)
		}
		if flushed[e.Sequence] && e.Calls != 5 {
			t.Errorf("execution %d has %d calls after a flush", e.Sequence, e.Calls)
		}
		if e.Outcome == Running {
			t.Errorf("execution %d still counts as running", e.Sequence)
		}
	}
	if err := s.db.Check(ctx); err != nil {
		t.Error(err)
	}
}

// What a killed writer has left is collected, and nothing else.
func TestCollect(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	s := open(t, Options{Now: func() time.Time { return now }})
	session := create(t, s, Spec{})
	kept := must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: session.ID, Name: "kept"}, io.LimitReader(noise(1), 3*chunkSize)))
	if _, err := s.stage(ctx, io.LimitReader(noise(2), 3*chunkSize), -1, true); err != nil { // as if killed before the row
		t.Fatal(err)
	}
	if n, _, err := s.Collect(ctx); n != 0 || err != nil {
		t.Fatalf("collected %d, %v while it may be written", n, err)
	}
	now = now.Add(2 * time.Hour)
	if n, stored, err := s.Collect(ctx); n != 1 || stored < 3*chunkSize || err != nil {
		t.Fatalf("collected %d of %d bytes, %v", n, stored, err)
	}
	if _, damaged, err := s.Verify(ctx, ""); err != nil || len(damaged) > 0 {
		t.Errorf("%v, %v", damaged, err)
	}
	if _, err := io.Copy(io.Discard, s.OpenArtifact(ctx, kept)); err != nil {
		t.Error(err)
	}
}

// A writer whose content was collected is told, and can store it again.
func TestCollectedWhileWriting(t *testing.T) {
	ctx := context.Background()
	var ahead atomic.Int64
	s := open(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	session := create(t, s, Spec{})
	pr, pw := io.Pipe()
	go func() {
		_, _ = io.Copy(pw, io.LimitReader(noise(3), 2*chunkSize+1))
		ahead.Store(int64(2 * time.Hour))
		_, _, err := s.Collect(ctx)
		_, _ = io.Copy(pw, io.LimitReader(noise(4), 2*chunkSize))
		_ = pw.CloseWithError(err)
	}()
	_, err := s.StoreArtifact(ctx, ArtifactSpec{Session: session.ID, Name: "x"}, pr)
	if err == nil || !strings.Contains(err.Error(), "broken off") {
		t.Fatalf("error %v", err)
	}
	pr.CloseWithError(io.ErrClosedPipe)
}

func TestDamageIsFound(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	session := create(t, s, Spec{})
	a := must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: session.ID, Name: "x"}, bytes.NewReader(bytes.Repeat([]byte("x"), 100))))
	for _, stmt := range []string{
		`UPDATE chunks SET data = CAST(replace(CAST(data AS TEXT), 'xxx', 'xyx') AS BLOB)`,
		`UPDATE chunks SET encoding = 1`,
		`UPDATE chunks SET encoding = 9`,
		`UPDATE chunks SET size = 1`,
		`DELETE FROM chunks`,
	} {
		if err := s.exec(ctx, stmt); err != nil {
			t.Fatal(err)
		}
		_, err := io.Copy(io.Discard, s.OpenArtifact(ctx, a))
		wantError(t, err, ErrDamaged, a.Hash)
		n, damaged, err := s.Verify(ctx, "")
		if n != 1 || len(damaged) != 1 || err != nil {
			t.Errorf("%s: %d checked, %v, %v", stmt, n, damaged, err)
		}
	}
}
