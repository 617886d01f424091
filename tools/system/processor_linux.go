package system

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// The library that tells of other systems' processors reads /proc/stat twice as
// the process starts, which every command would pay.

// coreUsage returns how busy each logical processor was during the interval,
// in percent.
func coreUsage(ctx context.Context, interval time.Duration) ([]float64, error) {
	before, err := coreTimes()
	if err != nil {
		return nil, err
	}
	if err := tool.Sleep(ctx, interval); err != nil {
		return nil, err
	}
	after, err := coreTimes()
	if err != nil {
		return nil, err
	}
	if len(before) != len(after) {
		return nil, fmt.Errorf("the number of processors has changed from %d to %d meanwhile", len(before), len(after))
	}
	usage := make([]float64, len(after))
	for i := range after {
		usage[i] = busyPercent(before[i], after[i])
	}
	return usage, nil
}

// coreTime is how long a processor has been up, and busy, in ticks.
type coreTime struct{ all, busy uint64 }

func busyPercent(before, after coreTime) float64 {
	switch {
	case after.busy <= before.busy:
		return 0
	case after.all <= before.all:
		return 100
	}
	return min(100, 100*float64(after.busy-before.busy)/float64(after.all-before.all))
}

func coreTimes() ([]coreTime, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, err
	}
	return parseCoreTimes(stat)
}

// parseCoreTimes reads the lines "cpu0 user nice system idle iowait irq softirq
// steal guest guest_nice" of /proc/stat. Time of guests is in user and nice.
func parseCoreTimes(stat []byte) ([]coreTime, error) {
	var times []coreTime
	lines := bufio.NewScanner(bytes.NewReader(stat))
	lines.Buffer(nil, 1<<20) // the line "intr" is long on large machines
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 || !strings.HasPrefix(fields[0], "cpu") || fields[0] == "cpu" {
			continue
		}
		var t coreTime
		for i, field := range fields[1:min(len(fields), 9)] {
			n, err := strconv.ParseUint(field, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/stat says %q of %s", field, fields[0])
			}
			t.all += n
			if i != 3 && i != 4 { // idle, and waiting for a disk
				t.busy += n
			}
		}
		times = append(times, t)
	}
	if len(times) == 0 {
		return nil, fmt.Errorf("/proc/stat names no processor")
	}
	return times, lines.Err()
}

// physicalCores counts the cores, of which some machines run two threads each.
// It returns 0 where the system does not tell.
func physicalCores(context.Context) int {
	cores := map[string]bool{}
	for _, name := range []string{"core_cpus_list", "thread_siblings_list"} { // of newer and of older systems
		files, _ := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/topology/" + name) // the pattern is well formed
		for _, file := range files {
			if siblings, err := os.ReadFile(file); err == nil {
				cores[string(siblings)] = true
			}
		}
		if len(cores) > 0 {
			break
		}
	}
	return len(cores)
}

// processCount counts the processes that this one can see.
func processCount(context.Context) (int, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	n := 0
	for _, name := range names {
		if strings.Trim(name, "0123456789") == "" {
			n++
		}
	}
	return n, err
}
