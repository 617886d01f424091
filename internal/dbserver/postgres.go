//go:build unix

package dbserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a server of PostgreSQL. Its user tester, with the password s3cret!, may do all.
type Postgres struct {
	home *Home
	bin  string
	port string

	mu   sync.Mutex
	stop func() // nil: it does not run
}

// StartPostgres starts a server.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	p := &Postgres{bin: filepath.Dir(Program(t, "/usr/lib/postgresql/*/bin/initdb", "initdb")), home: NewHome(t)}
	password := filepath.Join(p.home.Dir, "password")
	if err := os.WriteFile(password, []byte("s3cret!\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.home.Command(t, filepath.Join(p.bin, "initdb"), "", "-D", filepath.Join(p.home.Dir, "data"), "-U", "tester", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale=C", "--no-sync")
	t.Cleanup(p.Stop)
	for range 4 { // another program may take a port that was free
		p.port = freePort(t)
		if p.start(t) {
			return p
		}
	}
	t.Fatal("PostgreSQL ended four times")
	return nil
}

// URL is the address of a database, for a user and his password.
func (p *Postgres) URL(user, password, database string) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%s/%s", user, password, p.port, database)
}

// Admin is the address for who may do all.
func (p *Postgres) Admin() string { return p.URL("tester", "s3cret!", "postgres") }

// Do runs statements for who may do all.
func (p *Postgres) Do(t testing.TB, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.Admin())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Stop ends the server, and all connections.
func (p *Postgres) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
	}
	p.stop = nil
}

// Kill ends the server as a power failure of its machine does, but that what it has written stays written.
func (p *Postgres) Kill(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home.Dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil || pid <= 1 {
		t.Fatalf("the server's number is in %q: %v", text, err)
	}
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil { // it leads a group
		t.Fatal(err)
	}
	p.Stop()
}

// Start starts it again, on the same port.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !p.start(t); time.Sleep(50 * time.Millisecond) { // after Kill its processes may still be ending
		if time.Now().After(end) {
			t.Fatal("PostgreSQL does not start again")
		}
	}
}

// start tells whether the server runs, and takes connections.
func (p *Postgres) start(t testing.TB) bool {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	stop, said := p.home.start(t, p.port, filepath.Join(p.bin, "postgres"),
		[]string{"-D", filepath.Join(p.home.Dir, "data"), "-p", p.port, "-h", "127.0.0.1", "-k", p.home.Dir, "-F"})
	if stop == nil {
		t.Logf("PostgreSQL ended on port %s:\n%s", p.port, said)
		return false
	}
	p.stop = stop
	// It listens before it is ready, and says so to those who come early.
	deadline := time.Now().Add(3 * time.Minute)
	for {
		conn, err := pgx.Connect(context.Background(), p.Admin())
		if err == nil {
			conn.Close(context.Background())
			return true
		}
		if !strings.Contains(err.Error(), "57P03") || time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
