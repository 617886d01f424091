package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// walls are what Landlock allows a program, after the policy.
type walls struct {
	Read      []string `json:"read"`  // files and folders to read and execute
	Write     []string `json:"write"` // to write as well
	NoNetwork bool     `json:"no_network"`
	// AnyPort: connections are not limited by port. Else those of Ports are allowed.
	AnyPort bool     `json:"any_port"`
	Ports   []uint16 `json:"ports"`
	Listen  bool     `json:"listen"`
}

// system is what programs need to work at all: libraries, configuration, devices.
var (
	system = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix/store", "/gnu/store", "/snap",
		"/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
		"/run/systemd/resolve", "/run/resolvconf", "/run/current-system", "/var/cache/fontconfig", "/var/lib/ca-certificates"}
	devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
	// secrets are what of it only root can read, so that a program of root's
	// could too.
	secrets = []string{"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh",
		"/etc/ssl/private", "/etc/krb5.keytab", "/etc/docker", "/etc/kubernetes", "/etc/wireguard", "/etc/NetworkManager/system-connections"}
)

// walls derives a program's walls from the policy.
func (s *Sandbox) walls(program string) walls {
	var w walls
	denied := func(r *Rule) (out []string) {
		for _, path := range r.Deny {
			if !filepath.IsAbs(path) {
				path = filepath.Join(s.dir, path)
			}
			out = append(out, filepath.Clean(path), realPath(path))
		}
		return out
	}
	noRead, noWrite := denied(&s.policy.Read), denied(&s.policy.Write)
	var readable, writable []string
	if !s.policy.Read.All {
		hidden := noRead
		if os.Geteuid() == 0 {
			hidden = slices.Concat(noRead, secrets)
		}
		for _, path := range append(slices.Clone(system), program, realPath(program)) {
			w.Read = append(w.Read, except(path, hidden)...)
		}
	}
	for _, f := range s.read {
		readable = append(readable, f.real)
	}
	for _, f := range s.write {
		writable = append(writable, f.real)
	}
	for _, path := range readable {
		w.Read = append(w.Read, except(path, noRead)...)
	}
	for _, path := range append(slices.Clone(devices), writable...) {
		w.Write = append(w.Write, except(path, noWrite)...)
	}
	n := &s.net
	w.NoNetwork = !n.all && len(n.allow) == 0
	w.AnyPort, w.Listen = n.all, n.all
	for _, e := range n.allow {
		w.AnyPort = w.AnyPort || e.port == 0
		w.Ports = append(w.Ports, e.port)
	}
	if !w.NoNetwork {
		w.Ports = append(w.Ports, 53) // a name server answers long answers over TCP
	}
	return w
}

// maxExcept bounds how many neighbours of a forbidden path are allowed one by one.
const maxExcept = 4096

// except lists paths that are, together, all that exists below one, without
// what is forbidden: Landlock can allow a folder, but nothing in it be denied.
// What is created later beside something forbidden stays out of reach.
func except(path string, forbidden []string) []string {
	inside := false
	for _, f := range forbidden {
		if _, ok := within(f, path); ok {
			return nil
		}
		if _, ok := within(path, f); ok {
			inside = true
		}
	}
	if !inside {
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) > maxExcept {
		return nil
	}
	var out []string
	for _, e := range entries {
		// What a link leads to is allowed where it lies, or not at all.
		if e.Type()&os.ModeSymlink == 0 {
			out = append(out, except(filepath.Join(path, e.Name()), forbidden)...)
		}
	}
	return out
}

const (
	readFile = ll.AccessFSExecute | ll.AccessFSReadFile
	readAny  = readFile | ll.AccessFSReadDir
	// What exists is changed and truncated; in folders, things are made, moved and removed.
	writeFile = ll.AccessFSWriteFile | ll.AccessFSTruncate
	writeAny  = writeFile | ll.AccessFSRemoveDir | ll.AccessFSRemoveFile | ll.AccessFSMakeDir | ll.AccessFSMakeReg |
		ll.AccessFSMakeSock | ll.AccessFSMakeFifo | ll.AccessFSMakeSym | ll.AccessFSRefer
	// Devices are never made.
	handled = readAny | writeAny | ll.AccessFSMakeChar | ll.AccessFSMakeBlock
)

// kept are the capabilities that a program of root's keeps: those for files and
// identities. Others lead around the walls: CAP_PERFMON alone shows the
// environment of every process.
var kept = []uintptr{unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID,
	unix.CAP_NET_BIND_SERVICE}

// dropCapabilities takes away what a program would get for being root's. The
// calling thread itself keeps what it has.
func dropCapabilities() error {
	if os.Geteuid() != 0 {
		return nil // no_new_privs is enough
	}
	for c := uintptr(0); c < 64; c++ {
		if slices.Contains(kept, c) {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
			return nil // the kernel knows no more, or we have none of our own
		}
		if err != nil {
			return fmt.Errorf("capabilities: %w", err)
		}
	}
	return nil
}

// putUp puts up the walls around the calling thread, and what it starts. It
// returns what walls there are, and whether they keep signals in: fewer on
// kernels that know no better.
func (w *walls) putUp() (confined []string, scoped bool, err error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, false, fmt.Errorf("no_new_privs: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return nil, false, err
	}
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		return nil, false, nil
	}
	attr := w.attr(abi)
	fd, err := ll.LandlockCreateRuleset(&attr, 0)
	if err != nil {
		return nil, false, fmt.Errorf("landlock: %w", err)
	}
	defer unix.Close(fd)
	if err := w.allow(fd, &attr); err != nil {
		return nil, false, err
	}
	if err := ll.LandlockRestrictSelf(fd, 0); err != nil {
		if errors.Is(err, unix.E2BIG) { // this process is in 16 walls already
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("landlock: %w", err)
	}
	return []string{"landlock"}, attr.Scoped&ll.ScopeSignal != 0, nil
}

// attr says what the walls are about, as far as the kernel knows it.
func (w *walls) attr(abi int) (a ll.RulesetAttr) {
	a.HandledAccessFS = handled
	if abi < 2 {
		a.HandledAccessFS &^= ll.AccessFSRefer
	}
	if abi < 3 {
		a.HandledAccessFS &^= ll.AccessFSTruncate
	}
	if abi >= 4 && !w.Listen {
		a.HandledAccessNet |= ll.AccessNetBindTCP
	}
	if abi >= 4 && !w.AnyPort {
		a.HandledAccessNet |= ll.AccessNetConnectTCP
	}
	if abi >= 6 {
		a.Scoped = ll.ScopeAbstractUnixSocket | ll.ScopeSignal
	}
	if abi >= 10 && w.NoNetwork {
		a.HandledAccessNet |= ll.AccessNetConnectSendUDP
	}
	return a
}

func (w *walls) allow(fd int, attr *ll.RulesetAttr) error {
	for _, path := range w.Read {
		if err := allowPath(fd, path, readFile, readAny&attr.HandledAccessFS); err != nil {
			return err
		}
	}
	for _, path := range w.Write {
		file, any := uint64(readFile|writeFile), uint64(readAny|writeAny)
		if !strings.HasPrefix(path, "/dev/") {
			file, any = writeFile, writeAny
		}
		if err := allowPath(fd, path, file&attr.HandledAccessFS, any&attr.HandledAccessFS); err != nil {
			return err
		}
	}
	if attr.HandledAccessNet&ll.AccessNetConnectTCP != 0 {
		for _, port := range w.Ports {
			if err := ll.LandlockAddNetPortRule(fd, &ll.NetPortAttr{AllowedAccess: ll.AccessNetConnectTCP, Port: uint64(port)}, 0); err != nil {
				return fmt.Errorf("landlock: port %d: %w", port, err)
			}
		}
	}
	return nil
}

// allowPath allows access to a file, or to all in a folder. What is not there needs no rule.
func allowPath(ruleset int, path string, file, folder uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return nil
	}
	access := file
	if info.Mode&unix.S_IFMT == unix.S_IFDIR {
		access = folder
	}
	if err := ll.LandlockAddPathBeneathRule(ruleset, &ll.PathBeneathAttr{AllowedAccess: access, ParentFd: fd}, 0); err != nil {
		return fmt.Errorf("landlock: %s: %w", path, err)
	}
	return nil
}
