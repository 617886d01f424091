package live

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// How a kernel is asked.
const (
	// DefaultEvery is how often at least.
	DefaultEvery = 5 * time.Second
	// settle is how long after an event, for those that follow it.
	settle = 150 * time.Millisecond
	// patience is for one answer. A kernel that does not even answer a ping in this
	// time hangs.
	patience = 3 * time.Second
	// The time between attempts to connect grows from firstPause to lastPause.
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
	// maxMessage is the largest answer that is taken, in bytes.
	maxMessage = 32 << 20
)

// Options of a Live.
type Options struct {
	// Base is what there is without the kernel.
	Base *catalog.Catalog
	// Dial connects to the kernel: see Kernel. It is called again when the connection
	// has ended.
	Dial func(context.Context) (*rpc.Client, error)
	// Changed is called after Catalog has changed, on a goroutine of the Live's. It
	// must return soon. Nil: nobody is told.
	Changed func(*catalog.Catalog)
	// Connected is called after Kernel or Err has changed, as Changed is.
	Connected func()
	// Version is the version of this program: a kernel of the same one has the same
	// tools. "": it may differ.
	Version string
	// Every is how often the kernel is asked at least. 0: DefaultEvery.
	Every time.Duration
	// Log is told of connections. Nil: nobody is.
	Log *zap.Logger
}

// Live is a catalogue that follows a kernel. Its methods may be called by any
// goroutine, and never wait.
type Live struct {
	opt     Options
	base    atomic.Pointer[catalog.Catalog]
	current atomic.Pointer[catalog.Catalog]
	kernel  atomic.Pointer[string]
	err     atomic.Pointer[error]
	asker   atomic.Pointer[asker]
	version uint64           // of current; the loop's
	last    *catalog.Content // of current; the loop's
	nudge   chan struct{}    // something has changed
	first   chan struct{}    // closed when the kernel has been asked, or is not there
	told    sync.Once
	cancel  context.CancelFunc
	done    chan struct{}
}

// Follow begins to follow a kernel. The Live ends with Close.
func Follow(o Options) *Live {
	if o.Every <= 0 {
		o.Every = DefaultEvery
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Live{opt: o, nudge: make(chan struct{}, 1), first: make(chan struct{}), cancel: cancel, done: make(chan struct{}), version: o.Base.Version}
	l.base.Store(o.Base)
	l.current.Store(o.Base)
	go l.run(ctx)
	return l
}

// Catalog returns what is known now.
func (l *Live) Catalog() *catalog.Catalog { return l.current.Load() }

// Kernel returns the id of the kernel that is connected, or "".
func (l *Live) Kernel() string {
	if id := l.kernel.Load(); id != nil {
		return *id
	}
	return ""
}

// Err says why no kernel is connected: what the last attempt has failed with, or how the
// connection has ended. It is nil while there is a connection, and before the first
// attempt has ended.
func (l *Live) Err() error {
	if err := l.err.Load(); err != nil {
		return *err
	}
	return nil
}

// First is closed when the kernel was asked for the first time, or could not be.
func (l *Live) First() <-chan struct{} { return l.first }

// Rebase puts another catalogue in the place of Options.Base.
func (l *Live) Rebase(base *catalog.Catalog) {
	l.base.Store(base)
	l.wake()
}

// Close ends the connection, and waits until nothing of it is left. Catalog stays as
// it is.
func (l *Live) Close() {
	l.cancel()
	<-l.done
}

func (l *Live) wake() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// run connects again and again.
func (l *Live) run(ctx context.Context) {
	defer close(l.done)
	defer l.asked()
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := l.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		was := l.kernel.Swap(nil)
		lost := was != nil || l.err.Load() == nil
		l.err.Store(&err)
		l.publish(catalog.Content{})
		l.asked()
		l.connected()
		if time.Since(began) > 2*lastPause { // it was there for long
			pause = firstPause
		}
		level := zap.DebugLevel
		if lost { // once, not with each attempt
			level = zap.WarnLevel
		}
		l.opt.Log.Log(level, "no kernel; what it has is not offered until it can be reached", zap.Error(err), zap.Duration("again_in", pause))
		l.wait(ctx, pause)
		pause = min(2*pause, lastPause)
	}
}

func (l *Live) connected() {
	if l.opt.Connected != nil {
		l.opt.Connected()
	}
}

func (l *Live) asked() { l.told.Do(func() { close(l.first) }) }

// wait waits for a time. A new base is published meanwhile.
func (l *Live) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-l.nudge:
			l.publish(catalog.Content{})
		}
	}
}

// follow connects to the kernel and asks it until the connection ends. What is wrong
// with its answers ends the connection, and nothing else.
func (l *Live) follow(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			l.opt.Log.Error("what the kernel says cannot be used", zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("what the kernel says cannot be used: %v", v)
		}
	}()
	dialing, cancel := context.WithTimeout(ctx, patience)
	client, err := l.opt.Dial(dialing)
	cancel()
	if err != nil {
		return err
	}
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })() // also while it is written to

	f := newFetcher(client, &l.opt)
	l.err.Store(nil)
	l.kernel.Store(&f.kernel)
	l.opt.Log.Info("connected to a kernel", zap.String("kernel", f.kernel))
	l.connected()
	asker := newAsker(f)
	l.asker.Store(asker)
	defer asker.close()
	defer client.Close()
	defer l.asker.Store(nil)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer client.Close()
	listening.Go(func() { l.listen(ctx, client) })
	for {
		content, err := f.fetch(ctx, l.base.Load())
		if err != nil {
			return err
		}
		l.publish(content)
		l.asked()
		if err := l.pause(ctx, client); err != nil {
			return err
		}
	}
}

// listen wakes the loop when something happens in the kernel, as far as that tells.
func (l *Live) listen(ctx context.Context, client *rpc.Client) {
	patient, cancel := context.WithTimeout(ctx, patience)
	s, err := client.Subscribe(patient, rpc.SubscribeParams{
		Patterns: []string{"kernel.*", "session.*", "execution.completed", "execution.failed", "state.changed"}, Buffer: 16,
	})
	cancel()
	if err != nil {
		return // it is asked all the same, only later
	}
	for {
		if _, _, err := s.Receive(ctx); err != nil {
			return
		}
		l.wake()
	}
}

// pause waits until the kernel is to be asked again. The error says that there is no
// connection any more.
func (l *Live) pause(ctx context.Context, client *rpc.Client) error {
	timer := time.NewTimer(l.opt.Every)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-client.Done():
		return client.Err()
	case <-timer.C:
		return nil
	case <-l.nudge:
	}
	timer.Reset(settle)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-client.Done():
		return client.Err()
	case <-timer.C:
	}
	return nil
}

// publish makes the catalogue of a content, unless it is what there is already.
func (l *Live) publish(c catalog.Content) {
	base := l.base.Load()
	c.Base = base
	if c.Live {
		c.Members, c.StateFields = l.members, l.stateFields
	}
	if !l.changed(c) {
		return
	}
	l.version++
	c.Version = l.version
	next := catalog.New(c)
	l.last = &c
	l.current.Store(next)
	if l.opt.Changed != nil {
		l.opt.Changed(next)
	}
}

// changed tells whether a content differs from the last one.
func (l *Live) changed(c catalog.Content) bool {
	if l.last == nil {
		return c.Base != l.opt.Base || len(c.Tools) > 0 || len(c.Entries) > 0 || c.Live
	}
	last := l.last
	return c.Base != last.Base || c.Live != last.Live || !slices.Equal(c.Tools, last.Tools) || !reflect.DeepEqual(c.Entries, last.Entries)
}

var errHangs = errors.New("the kernel does not answer")
