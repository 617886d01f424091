//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
)

func newMemory(t testing.TB, s *Store) *memory.Memory {
	t.Helper()
	m, err := memory.New(s, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestServer(t *testing.T) {
	p := server(t)
	for name, run := range map[string]func(*testing.T, *dbserver.Postgres){
		"refused": testRefused, "shared": testShared, "tenants": testTenantsAreHidden, "history": testHistory, "waits": testWaits, "commit": testBrokenCommit, "damaged": testDamaged, "sums": testSumsAdded,
	} {
		t.Run(name, func(t *testing.T) { run(t, p) })
	}
	t.Run("statistics", func(t *testing.T) { testStatistics(t, open(t, p, Options{})) })
	t.Run("restart", func(t *testing.T) { testRestart(t, p) })
}

// testRefused opens what cannot be opened: the error says why, and never tells the password.
func testRefused(t *testing.T, p *dbserver.Postgres) {
	p.Do(t, "create role guest login password 'visit'", "create database latin encoding 'LATIN1' locale 'C' template template0 owner kernel")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	newer := open(t, p, Options{})
	admin, err := url.Parse(p.Admin())
	if err != nil {
		t.Fatal(err)
	}
	admin.Path = "/memory"
	raw := open(t, p, Options{URL: admin.String()})
	if _, err := raw.pool.Exec(t.Context(), "update "+newer.quoted+".version set number = 1000; create schema foreigner authorization kernel; create table foreigner.books (title text)"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		opt   Options
		class error
		says  string
	}{
		{Options{URL: "postgres://kernel:secret@" + closed + "/memory", Wait: 50 * time.Millisecond}, ErrUnreachable, "see that it runs"},
		{Options{URL: p.URL("kernel", "secret", "memory")}, ErrRefused, "PGPASSWORD"},
		{Options{URL: p.URL("guest", "visit", "none")}, ErrRefused, "createdb"},
		{Options{URL: p.URL("guest", "visit", "memory"), Schema: "s"}, ErrPermission, "owner"},
		{Options{URL: p.URL("kernel", "p%C3%A4ssword", "latin"), Schema: "s"}, ErrForeign, "UTF8"},
		{Options{URL: address(p), Schema: newer.schema}, ErrNewer, "1000"},
		{Options{URL: address(p), Schema: "foreigner"}, ErrForeign, "foreigner"},
		{Options{URL: "postgres://kernel:secret@:x/y"}, nil, "cannot be used"},
	} {
		s, err := Open(t.Context(), c.opt)
		switch {
		case err == nil:
			t.Errorf("%s %s was opened", c.opt.URL, c.opt.Schema)
			_ = s.Close()
		case c.class != nil && !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.says):
			t.Errorf("%s %s: %v", c.opt.URL, c.opt.Schema, err)
		}
		if err != nil && strings.Count(err.Error(), "connection refused") > 1 {
			t.Errorf("the same is told twice: %v", err)
		}
		for _, secret := range []string{"secret", "visit", "A4ssword", "ässword"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the password is in %v", err)
			}
		}
	}
	if err := supported("memory", 120022, "12.22", "UTF8"); !errors.Is(err, ErrTooOld) || !strings.Contains(err.Error(), "12.22") {
		t.Errorf("version 12: %v", err)
	}
	if strings.Contains(newer.Where(), "A4ssword") || strings.Contains(newer.Where(), "ässword") {
		t.Error(newer.Where())
	}
}

// testShared writes to one schema through two stores, as two kernels do.
func testShared(t *testing.T, p *dbserver.Postgres) {
	a := open(t, p, Options{})
	b := open(t, p, Options{Schema: a.schema})
	ours, theirs := newMemory(t, a), newMemory(t, b)
	var mu sync.Mutex
	var clocks []memory.Instant
	var rows []int64 // as a reader sees them grow
	var wg sync.WaitGroup
	for i, s := range []*Store{a, b, a, b} {
		wg.Go(func() {
			for n := range 25 {
				e := memory.Episode{Session: fmt.Sprint(i), ID: fmt.Sprint(n), Role: "r", Content: "marigold", Time: time.Unix(1, 0), Ingested: time.Unix(1, 0)}
				var now memory.Instant
				if err := s.Write(context.Background(), "", func(tx memory.Tx) (err error) {
					if now, err = tx.Now(); err != nil {
						return err
					}
					return tx.AddEpisode(&e)
				}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				clocks = append(clocks, now)
				mu.Unlock()
			}
		})
	}
	wg.Go(func() {
		last := int64(0)
		for len(rows) < 100 && !t.Failed() { // what comes later never has a smaller number
			if err := a.Read(context.Background(), "", func(r memory.Reader) error {
				return r.Episodes(memory.Filter{After: last}, func(e *memory.Episode) error { rows, last = append(rows, e.Row), e.Row; return nil })
			}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	slices.Sort(clocks)
	if len(slices.Compact(clocks)) != 100 {
		t.Errorf("%d transactions have %d times", len(clocks), len(slices.Compact(clocks)))
	}
	find := func(m *memory.Memory) int {
		found, err := m.Search(t.Context(), memory.Query{Text: "marigold", Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if find(ours) != 100 || find(theirs) != 100 {
		t.Errorf("found %d and %d", find(ours), find(theirs))
	}
	if _, err := ours.Forget(t.Context(), memory.Filter{Sessions: []string{"1"}}, false); err != nil {
		t.Fatal(err)
	}
	if find(ours) != 75 || find(theirs) != 75 {
		t.Errorf("after 25 were forgotten: found %d and %d", find(ours), find(theirs))
	}
}

// testTenantsAreHidden asks the tables without what the store puts into its statements.
func testTenantsAreHidden(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	for _, tenant := range []string{"me", "you"} {
		m, err := memory.New(s, memory.Options{Tenant: tenant})
		if err == nil {
			_, err = m.Add(t.Context(), memory.Episode{Session: "s", ID: tenant, Role: "r", Content: "x"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func(setting string) (n int) {
		tx, err := s.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		if _, err = tx.Exec(t.Context(), "select set_config('llmspell.tenant', $1, true)", setting); err == nil {
			err = tx.QueryRow(t.Context(), "select count(*) from "+s.quoted+".episodes").Scan(&n)
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if none, me := count(""), count("1"); none != 0 || me != 1 {
		t.Errorf("without a tenant %d rows are seen, by one %d", none, me)
	}
	err := s.read(t.Context(), "me", func(r *reader) error {
		_, err := r.exec("insert into episodes (tenant, session, id, role, content, metadata, at, ingested, processed, sum) values (2, 's', 'x', 'r', '', '', 0, 0, false, 0)")
		return err
	})
	if err == nil {
		t.Error("a row was written for another tenant")
	}
}

// testHistory changes what was believed, and makes a person live in two places, by statements of its own.
func testHistory(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	m := newMemory(t, s)
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Ann", Predicate: "lives_in", Entity: "Paris"}); err != nil {
		t.Fatal(err)
	}
	for statement, says := range map[string]string{
		"update facts set confidence = 0.5": "cannot be changed",
		`insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, single)
			select tenant, subject, predicate, 0, '"Rome"', valid_from, valid_to, known_from, known_to, source, confidence, single from facts`: "exclusion constraint",
	} {
		err := s.write(t.Context(), "", func(w *writer) error { _, err := w.exec(statement); return err })
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	var subject, object, from string
	if err := s.read(t.Context(), "", func(r *reader) error {
		return r.row("select subject, object, (lower(valid) at time zone 'UTC')::date::text from beliefs where upper_inf(valid) or upper(valid) = 'infinity'").Scan(&subject, &object, &from)
	}); err != nil || subject != "Ann" || object != "Paris" || from != time.Now().UTC().Format(time.DateOnly) {
		t.Errorf("the view shows %s, %s, %s, %v", subject, object, from, err)
	}
}

// testWaits has statements end by time-outs and by contexts; the store goes on.
func testWaits(t *testing.T, p *dbserver.Postgres) {
	patient := open(t, p, Options{}) // it makes the tables, which may take longer
	s := open(t, p, Options{Schema: patient.schema, Timeout: 2 * time.Second, Wait: 500 * time.Millisecond})
	slow := func(r *reader) error { _, err := r.exec("select pg_sleep(60)"); return err }
	if err := s.read(t.Context(), "", slow); !errors.Is(err, ErrTimeout) {
		t.Errorf("a slow statement: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := patient.read(ctx, "", slow); !errors.Is(err, context.Canceled) {
		t.Errorf("a statement that is cancelled: %v", err)
	}
	m := newMemory(t, s)
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "x"}); err != nil {
		t.Fatal(err)
	}
	err := patient.Write(t.Context(), "", func(memory.Tx) error {
		_, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "y"})
		return err
	})
	if !errors.Is(err, ErrBusy) {
		t.Errorf("while another writes: %v", err)
	}
	if c, err := m.Stats(t.Context()); err != nil || c.Episodes != 1 {
		t.Errorf("then there are %d, %v", c.Episodes, err)
	}
}

// cutter stands between a store and its server, and cuts a connection when a message with certain bytes was
// passed on, before the answer.
type cutter struct {
	at      atomic.Pointer[string]
	cut     atomic.Int64
	address string
}

func newCutter(t *testing.T, server string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{address: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { c.serve(client, server) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return c
}

func (c *cutter) serve(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(client, server) // after a cut, until the server answers
		client.Close()
		server.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		at := c.at.Load()
		cut := at != nil && bytes.Contains(buf[:n], []byte(*at))
		if cut {
			c.at.Store(nil)
			client.Close()
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if cut {
			c.cut.Add(1)
			<-done
			return
		}
	}
}

// testBrokenCommit cuts the connection in the middle of a commit, and of a statement.
func testBrokenCommit(t *testing.T, p *dbserver.Postgres) {
	u, err := url.Parse(address(p))
	if err != nil {
		t.Fatal(err)
	}
	c := newCutter(t, u.Host)
	u.Host = c.address
	u.RawQuery = "default_query_exec_mode=exec&sslmode=disable" // the texts are in each message
	s := open(t, p, Options{URL: u.String()})
	m := newMemory(t, s)
	for i, at := range []string{"commit", "insert into episodes"} {
		c.at.Store(&at)
		e, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: at, Role: "r", Content: "x"})
		if err != nil || c.cut.Load() != int64(i+1) {
			t.Errorf("cut at %s (%d cuts): %v", at, c.cut.Load(), err)
			continue
		}
		if got, err := m.Get(t.Context(), "s", at); err != nil || got.Row != e.Row {
			t.Errorf("cut at %s: %+v, %v", at, got, err)
		}
	}
}

// testRestart stops the server under two writers: what they were told to be stored is there, and once.
func testRestart(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{Wait: time.Minute})
	m := newMemory(t, s)
	var stored atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := m.Add(context.Background(), memory.Episode{Session: fmt.Sprint(w), ID: fmt.Sprint(i), Role: "r", Content: "x"}); err != nil {
					t.Errorf("writer %d, %d: %v", w, i, err)
					return
				}
				stored.Add(1)
			}
		})
	}
	more := func(than int64) {
		for end := time.Now().Add(time.Minute); stored.Load() < than && !t.Failed(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Error("the writers do not go on")
			}
		}
	}
	more(50)
	p.Stop()
	p.Start(t)
	more(stored.Load() + 50)
	close(stop)
	wg.Wait()
	if c, err := m.Stats(t.Context()); err != nil || int64(c.Episodes) != stored.Load() {
		t.Errorf("%d were acknowledged, there are %d, %v", stored.Load(), c.Episodes, err)
	}
}
