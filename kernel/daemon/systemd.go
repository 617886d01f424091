package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// Sockets are what systemd listens on for this kernel.
type Sockets struct {
	Unix []*net.UnixListener
	TCP  []*net.TCPListener
}

// Activation returns the sockets that systemd has passed to this process, if any.
// The variables that say so are removed. It is called once.
func Activation() (Sockets, error) {
	var s Sockets
	listeners, err := activation.Listeners()
	if err != nil {
		return s, fmt.Errorf("take over systemd's sockets: %w", err)
	}
	for i, l := range listeners {
		switch l := l.(type) {
		case *net.UnixListener:
			s.Unix = append(s.Unix, l)
		case *net.TCPListener:
			if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
				err = errors.Join(err, fmt.Errorf("socket %d of the .socket unit listens on %v, which other machines reach: use ListenStream=127.0.0.1:PORT", i+1, l.Addr()))
			}
			s.TCP = append(s.TCP, l)
		default:
			err = errors.Join(err, fmt.Errorf("socket %d of the .socket unit is of a kind that a kernel does not serve: use ListenStream= with a path or 127.0.0.1:PORT", i+1))
		}
	}
	if err != nil {
		s.Close()
		return Sockets{}, err
	}
	return s, nil
}

// Close closes the sockets. systemd goes on listening.
func (s Sockets) Close() {
	for _, l := range s.Unix {
		_ = l.Close()
	}
	for _, l := range s.TCP {
		_ = l.Close()
	}
}

// Supervisor is systemd, where it has started this process as Type=notify;
// elsewhere its methods do nothing.
type Supervisor struct{ log *zap.Logger }

// NewSupervisor returns the supervisor of this process.
func NewSupervisor(log *zap.Logger) *Supervisor { return &Supervisor{log} }

func (s *Supervisor) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn("systemd could not be told", zap.String("state", state), zap.Error(err))
	}
}

// Ready says that the kernel serves, with a line for people.
func (s *Supervisor) Ready(status string) { s.notify(daemon.SdNotifyReady + "\nSTATUS=" + status) }

// Stopping says that the kernel ends.
func (s *Supervisor) Stopping() { s.notify(daemon.SdNotifyStopping) }

// Reloading says that the configuration is read again. The function that it returns
// says that this is over.
func (s *Supervisor) Reloading() (done func()) {
	s.notify(reloading())
	return func() { s.notify(daemon.SdNotifyReady) }
}

// Watchdog tells systemd that the kernel lives, as often as it wants to hear it,
// until ctx is done. healthy is asked each time: while it does not return, or is
// false, nothing is told, and systemd ends the process. Watchdog returns at once if
// systemd does not want to hear it.
func (s *Supervisor) Watchdog(ctx context.Context, healthy func() bool) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.Warn("systemd's watchdog is not understood: check WATCHDOG_USEC", zap.Error(err))
	}
	if err != nil || interval <= 0 {
		return
	}
	tick := time.NewTicker(max(interval/2, time.Millisecond))
	defer tick.Stop()
	for {
		if healthy() {
			s.notify(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
