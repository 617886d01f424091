package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// walls are what Landlock allows a program, after the policy.
type walls struct {
	Trusted   bool     `json:"trusted"`  // the program keeps root's capabilities
	AnyFile   bool     `json:"any_file"` // Read and Write do not matter
	Read      []string `json:"read"`     // files and folders to read and execute
	Write     []string `json:"write"`    // to change
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
	// nameServices hold the sockets through which the C library finds hosts and users.
	nameServices = []string{"/run/systemd/resolve", "/run/nscd"}
	// secrets are what of it only root can read, so that a program of root's
	// could too.
	secrets = []string{"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh",
		"/etc/ssl/private", "/etc/krb5.keytab", "/etc/docker", "/etc/kubernetes", "/etc/wireguard", "/etc/NetworkManager/system-connections"}
)

// walls derives a program's walls from the policy.
func (s *Sandbox) walls(program string) walls {
	w := walls{AnyFile: s.trusted, Trusted: s.trusted}
	if !w.AnyFile {
		noRead, noWrite := s.banned(Read), s.banned(Write)
		if s.policy.Read.All {
			w.Read = except("/", noRead)
		} else {
			hidden := noRead
			if os.Geteuid() == 0 {
				hidden = slices.Concat(noRead, secrets)
			}
			for _, path := range append(slices.Clone(system), program, realPath(program)) {
				w.Read = append(w.Read, except(path, hidden)...)
			}
		}
		for _, f := range s.read {
			w.Read = append(w.Read, except(f.real, noRead)...)
		}
		if s.policy.Write.All {
			w.Write = except("/", noWrite)
		}
		for _, f := range s.write {
			w.Write = append(w.Write, except(f.real, noWrite)...)
		}
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

// banned lists the paths of a Deny list.
func (s *Sandbox) banned(access Permission) (out []string) {
	for _, b := range s.bans(access) {
		out = append(out, b.path, b.real)
	}
	return out
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
	if !w.Trusted {
		if err := dropCapabilities(); err != nil {
			return nil, false, err
		}
	}
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		return nil, false, nil
	}
	attr := w.attr(abi)
	if attr.HandledAccessFS == 0 && attr.HandledAccessNet == 0 && attr.Scoped == 0 {
		return nil, false, nil // nothing is forbidden
	}
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
	if !w.AnyFile {
		a.HandledAccessFS = handled
	}
	if abi < 2 {
		a.HandledAccessFS &^= ll.AccessFSRefer
	}
	if abi < 3 {
		a.HandledAccessFS &^= ll.AccessFSTruncate
	}
	if abi >= 9 && !w.AnyFile {
		a.HandledAccessFS |= ll.AccessFSResolveUnix
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
	for _, rule := range []struct {
		paths        []string
		file, folder uint64
	}{{w.Read, readFile, readAny}, {w.Write, writeFile, writeAny | ll.AccessFSResolveUnix}, {devices, readFile | writeFile, 0},
		{nameServices, 0, ll.AccessFSResolveUnix}} {
		for _, path := range rule.paths {
			if err := allowPath(fd, path, rule.file&attr.HandledAccessFS, rule.folder&attr.HandledAccessFS); err != nil {
				return err
			}
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
	if access == 0 {
		return nil
	}
	if err := ll.LandlockAddPathBeneathRule(ruleset, &ll.PathBeneathAttr{AllowedAccess: access, ParentFd: fd}, 0); err != nil {
		return fmt.Errorf("landlock: %s: %w", path, err)
	}
	return nil
}

// LandlockABI returns the version of Landlock that this system has, 0 if it has none.
func LandlockABI() int {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return abi
}
