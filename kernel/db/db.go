package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

// Options of a database.
type Options struct {
	// ApplicationID marks the file as this database and no other. Not 0.
	ApplicationID int32
	// Migrations make the schema: number i brings a file of version i to version
	// i+1. What has been released is never changed, only added to.
	Migrations []Migration
	// ReadOnly opens an existing file for reading. Its schema must be up to date.
	ReadOnly bool
	// OrReadOnly opens a file for reading where it, or its folder, cannot be written, or
	// where there is no room for the files that SQLite makes. DB.ReadOnly tells then; writes
	// fail with ErrReadOnly or ErrFull until what kept them from being made is over.
	OrReadOnly bool
	// Wait is how long to wait for other processes before ErrBusy. 0: 10 s.
	Wait time.Duration
	// Readers is how many reads may go on at a time. 0: 4.
	Readers int
	// Restore says how a damaged database is put right, for the error message,
	// such as "restore a backup with llmspell backup restore".
	Restore string
	// Full makes each write survive a power failure too, as Flush does for all
	// before it. A write then takes as long as the disk does.
	Full bool
	// Journal is how changes are made safe: WAL, which readers do not disturb, or
	// DELETE or TRUNCATE, which also work on network drives. Empty: WAL.
	Journal string
	// Reserve is how many bytes are set aside in a file beside the database, so that
	// Free works on a disk that is full. There are more while the log is long, up to
	// 8 MB, since it must be copied before its room can be used. 0: none.
	Reserve int64
	// Scratch makes a database that nobody wants after a crash, and whose references may lead
	// to rows that there are not.
	Scratch bool
	// Refuse is why nothing may be written, for the error of each write. nil: it may.
	Refuse error
	// MaxSize limits the size of the file in bytes, 0: no limit. More is ErrFull.
	MaxSize int64
	// SecureDelete overwrites what is deleted. What the log holds of it goes with Truncate.
	SecureDelete bool
	// Background has a connection of its own copy the log to the database, so that no write has to.
	Background bool
}

// Migration is one step of a schema: statements, then a function if not nil.
type Migration struct {
	SQL string
	Go  func(tx *Tx) error
}

// DB is an open database. Its methods may be called by any goroutine.
type DB struct {
	path   string
	memory bool
	opt    Options
	// immutable tells that SQLite was told that nobody changes the file: see openReaders.
	immutable bool
	fallback  *fallback    // nil: it was opened as it was wanted
	readOnly  atomic.Bool  // no writer is open
	mode      sync.RWMutex // guards readers and immutable, which recovered changes
	// file is what was opened: see present. nil: there is none.
	file atomic.Pointer[os.FileInfo]

	lock    *flock.Flock // shared: while it is held, nobody replaces the file
	writers *sql.DB
	writer  *sql.Conn
	turn    chan struct{} // holds one token: the right to use writer
	readers *sql.DB       // nil in memory: there the one connection does all

	checkpoints *checkpoints // nil: writes make them

	closing sync.Once
	closed  chan struct{}
	users   sync.WaitGroup // calls of Read and Write
	mu      sync.Mutex     // between users.Add and Close
}

const (
	defaultWait    = 10 * time.Second
	defaultReaders = 4
	pageSize       = 4096
	// turnTime is how long SQLite itself waits for a lock: no context ends that.
	turnTime = 20 * time.Millisecond
)

// Memory is the path of a database that is in memory, and gone with its DB.
const Memory = ":memory:"

// Open opens the database in a file, and makes it where there is none: its folder
// with mode 0700, the file with 0600. A file that exists is brought up to the
// last migration. Errors are *Error where SQLite or the file is to blame.
func Open(ctx context.Context, path string, opt Options) (*DB, error) {
	d, err := openAs(ctx, path, opt)
	if opt.OrReadOnly && !opt.ReadOnly && (errors.Is(err, ErrReadOnly) || errors.Is(err, ErrFull)) {
		return fallBack(ctx, path, opt, err)
	}
	return d, err
}

func openAs(ctx context.Context, path string, opt Options) (*DB, error) {
	if !available {
		return nil, fmt.Errorf("database %s: %w", path, ErrNoSQLite)
	}
	if opt.ApplicationID == 0 {
		return nil, errors.New("open a database: Options.ApplicationID is 0")
	}
	if opt.Wait <= 0 {
		opt.Wait = defaultWait
	}
	if opt.Journal = strings.ToLower(opt.Journal); opt.Journal == "" {
		opt.Journal = "wal"
	}
	if !slices.Contains([]string{"wal", "delete", "truncate"}, opt.Journal) {
		return nil, fmt.Errorf("open a database: Options.Journal is %q, not WAL, DELETE or TRUNCATE", opt.Journal)
	}
	if opt.Readers <= 0 {
		opt.Readers = defaultReaders
	}
	d := &DB{path: path, memory: path == Memory, opt: opt, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	d.readOnly.Store(opt.ReadOnly)
	var err error
	if d.memory {
		err = d.openMemory(ctx)
	} else if d.path, err = filepath.Abs(path); err == nil {
		former := d.reserved()
		err = d.openFile(ctx)
		if former > 0 && errors.Is(d.failed(err), ErrFull) && !opt.ReadOnly {
			// SQLite's own files must find room before anything can be deleted.
			_ = d.release()
			d.writers, d.writer, d.readers, d.lock = nil, nil, nil, nil
			if d.releaseReserve() == nil {
				if err = d.openFile(ctx); err == nil {
					_ = d.restartLog() // there may be less room than before
				}
			}
		}
		if err == nil {
			d.keepReserve(former)
		} else if !opt.ReadOnly {
			err = d.unwritable(err)
		}
	}
	if err != nil {
		d.release()
		return nil, d.failed(err)
	}
	d.turn <- struct{}{}
	return d, nil
}

// Path returns the file's absolute path, or Memory.
func (d *DB) Path() string { return d.path }

// ReadOnly tells whether the database can only be read now.
func (d *DB) ReadOnly() bool { return d.readOnly.Load() }

// setUp are the statements that every connection begins with.
func (d *DB) setUp() []string {
	synchronous := "normal"
	if d.opt.Full || d.opt.Journal != "wal" && d.opt.Journal != "" { // without a log, less is not safe
		synchronous = "full"
	}
	if d.opt.Scratch {
		synchronous = "off"
	}
	out := []string{
		"pragma trusted_schema = off", // a hostile file's schema calls nothing
		"pragma cell_size_check = on",
		"pragma foreign_keys = " + map[bool]string{false: "on", true: "off"}[d.opt.Scratch],
		"pragma synchronous = " + synchronous,
		"pragma temp_store = memory",
		"pragma journal_size_limit = 4194304",
	}
	if d.opt.SecureDelete {
		out = append(out, "pragma secure_delete = on")
	}
	if d.opt.MaxSize > 0 {
		out = append(out, fmt.Sprintf("pragma max_page_count = %d", max(d.opt.MaxSize/pageSize, 1)))
	}
	return out
}

// pool makes a pool of connections. query is added to the file's URI.
func (d *DB) pool(path, query string, size int, wait time.Duration) *sql.DB {
	dsn := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + query
	if d.memory {
		dsn = "file::memory:?mode=memory"
	}
	dsn += fmt.Sprintf("&_stmt_cache_size=64&_busy_timeout=%d", wait.Milliseconds())
	p := sql.OpenDB(&connector{dsn: dsn, setUp: d.setUp()})
	p.SetMaxOpenConns(size)
	p.SetMaxIdleConns(size)
	return p
}

func (d *DB) openMemory(ctx context.Context) (err error) {
	d.writers = d.pool("", "", 1, 0)
	if d.writer, err = d.writers.Conn(ctx); err != nil {
		return err
	}
	if _, err = d.writer.ExecContext(ctx, fmt.Sprintf("pragma application_id = %d", d.opt.ApplicationID)); err != nil {
		return err
	}
	return d.migrate(ctx, 0)
}

// Close waits for the calls that go on, writes what the log holds to the file,
// and closes it. Later calls fail with ErrClosed.
func (d *DB) Close() error {
	var err error
	d.closing.Do(func() {
		d.mu.Lock()
		close(d.closed)
		d.mu.Unlock()
		d.users.Wait()
		err = d.failed(d.release())
	})
	return err
}

// release closes what is open.
func (d *DB) release() error {
	errs := []error{d.checkpoints.end()}
	d.checkpoints = nil
	if d.readers != nil {
		errs = append(errs, d.readers.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.writers != nil {
		errs = append(errs, d.writers.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Unlock())
	}
	return errors.Join(errs...)
}

// enter counts a call, unless the database is closed.
func (d *DB) enter() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.closed:
		return fmt.Errorf("database %s: %w", d.path, ErrClosed)
	default:
		d.users.Add(1)
		return nil
	}
}
