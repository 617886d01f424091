package footprint

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// trimProgram unmaps the pages of the program's file. A program of this size
// runs the start-up code of some hundred packages, strewn over its file, and the
// system maps sixteen pages, or a whole huge one, around each that is touched.
func trimProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer smaps.Close()
	list, err := cleanMappings(smaps, program)
	if err != nil {
		return
	}
	for _, m := range list {
		// A refusal leaves the pages where they are, which harms nothing.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// cleanMappings finds in the text of /proc/PID/smaps the mappings of a file that
// cannot be written, and hold no page that differs from the file's. A dynamic
// linker or a debugger makes such pages, and they must stay.
func cleanMappings(smaps io.Reader, file string) ([]mapping, error) {
	var list []mapping
	ours, anonymous := mapping{}, false // the mapping that the lines are about
	end := func() {
		if ours.end > ours.start && !anonymous {
			list = append(list, ours)
		}
		ours, anonymous = mapping{}, true
	}
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		if m, permissions, path, ok := parseMapping(line); ok {
			end()
			if path == file && (permissions == "r-xp" || permissions == "r--p") {
				ours = m
			}
			continue
		}
		if amount, ok := strings.CutPrefix(line, "Anonymous:"); ok {
			anonymous = strings.TrimSpace(amount) != "0 kB"
		}
	}
	end()
	return list, lines.Err()
}

// parseMapping reads "00403000-01a10000 r-xp 00003000 fd:00 123   /bin/llmspell".
func parseMapping(line string) (m mapping, permissions, path string, ok bool) {
	place, rest, _ := strings.Cut(line, " ")
	from, to, dash := strings.Cut(place, "-")
	if !dash {
		return m, "", "", false
	}
	start, err1 := strconv.ParseUint(from, 16, strconv.IntSize)
	end, err2 := strconv.ParseUint(to, 16, strconv.IntSize)
	if err1 != nil || err2 != nil {
		return m, "", "", false
	}
	fields := strings.Fields(rest)
	if len(fields) < 4 {
		return m, "", "", false
	}
	for range 4 { // permissions, offset, device, inode; a path may hold spaces
		_, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
	}
	return mapping{uintptr(start), uintptr(end)}, fields[0], strings.TrimLeft(rest, " "), true
}
