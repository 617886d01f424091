package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is one line of the process table.
type process struct {
	pid, parent, group, session, threads int
	zombie                               bool
	cpu                                  time.Duration // with that of children it has waited for
	resident                             int64         // bytes
}

// descendants lists the living processes that come from one, without it.
func descendants(root int) []process {
	tree, _ := family(root)
	return tree
}

// family lists the living processes that come from one, and the lost: those
// whose parent has ended while the table was read, so that nobody can tell.
func family(root int) (tree, lost []process) {
	all := processes()
	known := make(map[int]bool, len(all))
	children := make(map[int][]process, len(all))
	for _, p := range all {
		known[p.pid] = true
		children[p.parent] = append(children[p.parent], p)
	}
	for parent, list := range children {
		if !known[parent] && parent != 0 {
			lost = append(lost, list...)
		}
	}
	seen := map[int]bool{root: true} // a table read while it changes may contain a circle
	for next := []int{root}; len(next) > 0; next = next[1:] {
		for _, p := range children[next[0]] {
			if !seen[p.pid] {
				seen[p.pid] = true
				tree = append(tree, p)
				next = append(next, p.pid)
			}
		}
	}
	return tree, lost
}

// processes reads the process table.
func processes() []process {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := dir.Readdirnames(-1)
	dir.Close()
	var out []process
	var buf [1024]byte
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		if p, ok := readProcess(name, buf[:]); ok {
			out = append(out, p)
		}
	}
	return out
}

func readProcess(pid string, buf []byte) (process, bool) {
	f, err := os.Open("/proc/" + pid + "/stat")
	if err != nil {
		return process{}, false
	}
	n, _ := f.Read(buf)
	f.Close()
	return parseStat(buf[:n])
}

// parseStat parses /proc/PID/stat (proc(5)).
func parseStat(line []byte) (p process, ok bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return p, false
	}
	var err error
	if p.pid, err = strconv.Atoi(string(bytes.TrimSpace(line[:open]))); err != nil {
		return p, false
	}
	f := strings.Fields(string(line[end+1:])) // from the state, field 3
	if len(f) < 22 {
		return p, false
	}
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(f[field-3], 10, 64)
		return n
	}
	p.zombie = f[0] == "Z" || f[0] == "X"
	p.parent, p.group, p.session, p.threads = int(number(4)), int(number(5)), int(number(6)), int(number(20))
	const tick = 10 * time.Millisecond // USER_HZ is 100 everywhere that Go runs
	p.cpu = time.Duration(number(14)+number(15)+number(16)+number(17)) * tick
	p.resident = number(24) * int64(os.Getpagesize())
	return p, true
}

// ownMemory sums the memory of processes that no other one shares: pages that
// several have since a fork count once. Where the system does not tell, what
// is resident counts.
func ownMemory(tree []process) int64 {
	sum := int64(0)
	for _, p := range tree {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/smaps_rollup")
		own, ok := proportional(string(data))
		if err != nil || !ok {
			own = p.resident
		}
		sum += own
	}
	return sum
}

// proportional adds the anonymous and shared memory in /proc/PID/smaps_rollup.
func proportional(text string) (bytes int64, ok bool) {
	total, parts, haveParts := int64(0), int64(0), false
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		switch name {
		case "Pss":
			total, ok = n<<10, true
		case "Pss_Anon", "Pss_Shmem":
			parts, haveParts = parts+n<<10, true
		}
	}
	if haveParts {
		return parts, ok
	}
	return total, ok
}

// pace decides how often the process table is read: when the number of
// processes of the machine grows, else now and then, and never more than a tenth
// of the time.
type pace struct {
	interval time.Duration // from one look at that number to the next
	procs    int           // that number at the last look
	others   int           // how many of them are not ours
	next     time.Time
	pause    time.Duration
}

func newPace() *pace {
	p := &pace{interval: 2 * time.Millisecond, pause: 5 * time.Millisecond}
	p.procs, p.next = countThreads(), time.Now().Add(p.pause)
	p.others = p.procs
	return p
}

// countThreads counts the threads of the machine, cheaply.
func countThreads() int {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int(info.Procs)
}

// burst tells whether the machine has so many threads more than others had
// when the table was last read that a limit may be far behind.
func (p *pace) burst(limit int) bool { return countThreads() > p.others+limit+32 }

// due tells whether it is time to read the process table.
func (p *pace) due() bool {
	// A few come and go all the time.
	const many = 16
	if n := countThreads(); n > p.procs+many {
		p.procs, p.pause = n, 5*time.Millisecond
		return true
	}
	return !time.Now().Before(p.next)
}

// looked says how many threads of ours were found, and how long that took.
func (p *pace) looked(before, ours int, took time.Duration) {
	p.procs, p.others = before, max(before-ours, 0)
	p.pause = max(min(p.pause*3/2, 50*time.Millisecond), 10*took)
	p.next = time.Now().Add(p.pause)
	// While nothing happens even looking at the number is rarer.
	p.interval = min(2*time.Millisecond+p.pause/10, 5*time.Millisecond)
}
