package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/llmspell/llmspell/memory"
)

// Options of a store. All but URL may be zero.
type Options struct {
	// URL is as postgres://user@host:5432/database?sslmode=require. What it does not
	// say comes from PGHOST, PGUSER, PGPASSWORD, PGPASSFILE (~/.pgpass), PGSERVICE and the like.
	URL string
	// Schema holds the tables. "": llmspell.
	Schema string
	// Timeout is how long one statement may take. 0: 30 s.
	Timeout time.Duration
	// Wait is how long to wait for another's write, and for a server that is being restarted. 0: 10 s.
	Wait time.Duration
	// Clock tells the time of transactions. nil: time.Now.
	Clock func() time.Time
	// NoPgvector has each process search vectors by itself, also where the server has pgvector.
	NoPgvector bool
}

const (
	defaultSchema  = "llmspell"
	defaultTimeout = 30 * time.Second
	defaultWait    = 10 * time.Second
	defaultConnect = 10 * time.Second // connect_timeout in the URL says otherwise
)

// Store is a memory.Backend in a PostgreSQL database.
type Store struct {
	pool           *pgxpool.Pool
	schema, quoted string // the second for SQL
	where          string
	timeout, wait  time.Duration
	clock          func() time.Time

	pgvector   atomic.Pointer[pgvector] // nil: it is not used
	noPgvector atomic.Pointer[string]   // why it is not
	noIndex    atomic.Pointer[string]   // why the last index could not be made; nil: it could
	exact      int                      // so many vectors of a model are compared one by one
	indexing   sync.Map                 // grown: whose index is being made
	living     context.Context          // ends when the store is closed
	end        context.CancelFunc

	mu     sync.Mutex
	closed bool
	added  map[string]int // rows, by tables, since this process has made statistics
	users  sync.WaitGroup
}

var _ memory.Backend = (*Store)(nil)

// Open connects to the database, and makes the tables where there are none.
func Open(ctx context.Context, opt Options) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(opt.URL)
	if err != nil || opt.URL != "" && !strings.HasPrefix(opt.URL, "postgres://") && !strings.HasPrefix(opt.URL, "postgresql://") { // its text may hold the password
		return nil, errors.New("the address of the memory cannot be used: it must be as postgres://user@host:5432/database?sslmode=require (runtime.memory.database_url)")
	}
	s := &Store{schema: cmp.Or(opt.Schema, defaultSchema), timeout: cmp.Or(opt.Timeout, defaultTimeout), wait: cmp.Or(opt.Wait, defaultWait), clock: opt.Clock, exact: exactMost, added: map[string]int{}}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.quoted = pgx.Identifier{s.schema}.Sanitize()
	c := cfg.ConnConfig
	s.where = fmt.Sprintf("postgres://%s@%s:%d/%s", c.User, c.Host, c.Port, c.Database)
	if s.schema != defaultSchema {
		s.where += ", schema " + s.schema
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = defaultConnect
	}
	if _, named := c.RuntimeParams["application_name"]; !named {
		c.RuntimeParams["application_name"] = "llmspell"
	}
	c.RuntimeParams["client_encoding"] = "UTF8"
	c.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	c.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {} // "does exist already" and the like
	if s.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, s.failed(ctx, err)
	}
	opening, cancel := context.WithTimeoutCause(ctx, 2*s.wait+time.Minute, ErrTimeout)
	defer cancel()
	if err := s.starting(opening, func() error { return s.migrate(opening) }); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("open the memory: %w", s.failed(ctx, err))
	}
	if err := s.choose(opening, opt.NoPgvector); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("open the memory: look for pgvector: %w", s.failed(ctx, err))
	}
	s.living, s.end = context.WithCancel(context.Background())
	return s, nil
}

// starting repeats what fails because the server is starting.
func (s *Store) starting(ctx context.Context, try func() error) error {
	for end := time.Now().Add(s.wait); ; {
		err := try()
		var server *pgconn.PgError
		if !errors.As(err, &server) || server.Code != "57P03" || time.Now().After(end) || !sleep(ctx, 50*time.Millisecond) {
			return err
		}
	}
}

// sleep waits, and tells whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Where names the database, without a password.
func (s *Store) Where() string { return s.where }

// enter counts a call, unless the store is closed.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.users.Add(1)
	return nil
}

// Close waits for the calls that go on, and closes the connections.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	s.end()
	s.users.Wait()
	s.pool.Close()
	return nil
}

// tables are those in which something of what was forgotten may be.
var tables = []string{"episodes", "vectors", "kept", "entities", "aliases", "facts", "patterns", "documents", "chunks", "chunk_vectors", "kept_documents", "collections"}

// Purge gives what was dropped to be overwritten: that the server still has it, in its files, its log and its backups, is
// the server's affair. Where the role does not own the tables the server's own cleaning does it later.
func (s *Store) Purge(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.failed(ctx, err)
	}
	defer conn.Release()
	with := tables
	if s.FindsNearest() {
		with = append(with[:len(with):len(with)], nearestTable(memory.Turns), nearestTable(memory.Chunks))
	}
	for _, t := range with {
		var ours bool
		if err := conn.QueryRow(ctx, "select pg_has_role(relowner, 'usage') from pg_class where oid = ($1 || '.' || $2)::regclass", s.quoted, t).Scan(&ours); err != nil {
			return s.failed(ctx, err)
		}
		if !ours {
			return nil
		}
		if _, err := conn.Exec(ctx, "vacuum "+s.quoted+"."+t); err != nil {
			return s.failed(ctx, err)
		}
	}
	return nil
}

// Tenants lists those that have episodes, entities, patterns or documents.
func (s *Store) Tenants(ctx context.Context) (out []string, err error) {
	var all []string
	err = s.read(ctx, "", func(r *reader) error {
		rows, err := r.tx.Query(ctx, "select name from tenants order by name")
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range all {
		name = decode(name)
		if err := s.read(ctx, name, func(r *reader) error {
			var has bool
			err := r.row(`select exists (select from episodes where tenant = $1) or exists (select from entities where tenant = $1)
				or exists (select from patterns where tenant = $1) or exists (select from documents where tenant = $1)`, r.id).Scan(&has)
			if has {
				out = append(out, name)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Check reads all that tenants have, and compares the checksums of episodes. Of all rows the server itself compares
// them, if the cluster was made with data checksums.
func (s *Store) Check(ctx context.Context) error {
	names, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.read(ctx, name, func(r *reader) error {
			var turns []error
			f := memory.Filter{Damaged: func(_ *memory.Episode, err error) error { turns = append(turns, err); return nil }}
			if err := r.Episodes(f, func(*memory.Episode) error { return ctx.Err() }); err != nil {
				return err
			}
			return errors.Join(memory.NameDamage("turns", turns), r.CheckKnowledge(), r.checkDocuments())
		}); err != nil {
			return err
		}
	}
	return nil
}
