package system

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	psnet "github.com/shirou/gopsutil/v4/net"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func monitorDefinition() tool.Definition {
	section := func(description string) *schema.Schema { return schema.Map(description) }
	return tool.Static(&tool.Descriptor{
		Name: "system-monitor", Aliases: []string{"system-info", "resource-monitor"}, Category: "system", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"system", "cpu", "memory", "disk", "network", "load", "monitor"}, Needs: []tool.Need{tool.Files},
		Description: "Tells how busy the machine is: processors, memory, disk space, network counters, load, processes and uptime. " +
			"Works on Linux, macOS, Windows and FreeBSD; what a platform does not tell is left out",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to report: one section, stats (processors, memory, load, system), or all",
				"all", "stats", "cpu", "memory", "disk", "network", "load", "processes").WithDefault("all").
				WithAliases(map[string]string{"mem": "memory", "disks": "disk", "net": "network", "system": "stats"})),
			schema.Optional("interval_ms", schema.Int("Over how many milliseconds the use of the processors is measured", 10, 5000).WithDefault(100)),
			schema.Optional("path", schema.Text("A path, which the sandbox must allow to read, on the disk whose space is reported; default: the sandbox's folder, if it may be read"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("cpu", section("usage_percent, per_core_percent, logical_cores, physical_cores")),
			schema.Optional("memory", section("total_bytes, available_bytes, used_bytes, used_percent, swap_total_bytes, swap_used_bytes")),
			schema.Optional("disk", section("path, total_bytes, free_bytes, used_bytes, used_percent, filesystem, and mounts: a list of mountpoint, device, filesystem")),
			schema.Optional("network", section("bytes_sent, bytes_received, packets_sent, packets_received, errors_in, errors_out since the machine's start, and interfaces: the same by name")),
			schema.Optional("load", section("one_minute, five_minutes, fifteen_minutes (not on Windows)")),
			schema.Optional("processes", section("count")),
			schema.Optional("system", section("os, platform, platform_version, kernel_version, architecture, uptime_seconds, boot_time")),
		}},
		Examples: []tool.Example{
			{Description: "Report everything", Params: map[string]any{"operation": "all"}},
			{Description: "Report the most important", Params: map[string]any{"operation": "stats"}},
			{Description: "Measure the processors", Params: map[string]any{"operation": "cpu", "interval_ms": 20}},
			{Description: "Report the memory", Params: map[string]any{"operation": "memory"}},
			{Description: "Report the disk of a folder", Params: map[string]any{"operation": "disk", "path": "."}},
			{Description: "Report the network", Params: map[string]any{"operation": "network"}},
			{Description: "Report the load", Params: map[string]any{"operation": "load"}},
			{Description: "Count the processes", Params: map[string]any{"operation": "processes"}},
		},
	}, monitor)
}

// sections are what each operation reports, in this order.
var sections = map[string][]string{
	"all":   {"memory", "disk", "network", "load", "processes", "system", "cpu"},
	"stats": {"memory", "load", "system", "cpu"},
}

func monitor(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	names := sections[call.Operation]
	if names == nil {
		names = []string{call.Operation}
	}
	result := map[string]any{}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		values, err := report(ctx, call, name)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
			result[name] = values
		case len(names) == 1 || call.Params.Has("path") && name == "disk":
			return nil, err
		}
		// Of several sections those are reported that can be.
	}
	if len(result) == 0 {
		return nil, tool.Errorf(tool.Unsupported, "this machine (%s) reports nothing of what was asked for", runtime.GOOS)
	}
	return tool.Value(result), nil
}

func report(ctx context.Context, call *tool.Call, section string) (map[string]any, error) {
	var values map[string]any
	var err error
	switch section {
	case "cpu":
		values, err = reportCPU(ctx, time.Duration(call.Params.Int("interval_ms"))*time.Millisecond)
	case "memory":
		values, err = reportMemory(ctx)
	case "disk":
		return reportDisk(ctx, call)
	case "network":
		values, err = reportNetwork(ctx)
	case "load":
		var l *load.AvgStat
		if l, err = load.AvgWithContext(ctx); err == nil {
			values = map[string]any{"one_minute": l.Load1, "five_minutes": l.Load5, "fifteen_minutes": l.Load15}
		}
	case "processes":
		var n int
		if n, err = processCount(ctx); err == nil {
			values = map[string]any{"count": n}
		}
	case "system":
		values, err = reportSystem(ctx)
	}
	if err != nil {
		return nil, tool.Errorf(tool.Unsupported, "this machine (%s) does not tell about %s: %w", runtime.GOOS, section, err)
	}
	return values, nil
}

// percent rounds to two digits.
func percent(f float64) float64 { return math.Round(f*100) / 100 }

func reportCPU(ctx context.Context, interval time.Duration) (map[string]any, error) {
	cores, err := coreUsage(ctx, interval)
	if err != nil {
		return nil, err
	}
	sum, list := 0.0, make([]any, 0, len(cores))
	for _, c := range cores {
		sum += c
		list = append(list, percent(c))
	}
	out := map[string]any{"usage_percent": percent(sum / float64(max(len(cores), 1))), "per_core_percent": list, "logical_cores": len(cores)}
	if n := physicalCores(ctx); n > 0 {
		out["physical_cores"] = n
	}
	return out, nil
}

func reportMemory(ctx context.Context) (map[string]any, error) {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"total_bytes": int64(v.Total), "available_bytes": int64(v.Available), "used_bytes": int64(v.Used), "used_percent": percent(v.UsedPercent)}
	if s, err := mem.SwapMemoryWithContext(ctx); err == nil {
		out["swap_total_bytes"], out["swap_used_bytes"] = int64(s.Total), int64(s.Used)
	}
	return out, nil
}

// reportDisk tells of one disk, that of a path that may be read. Of others only
// where they are mounted is told: asking a server's disk could take for ever.
func reportDisk(ctx context.Context, call *tool.Call) (map[string]any, error) {
	out := map[string]any{}
	path, asked := call.Params.String("path"), call.Params.Has("path")
	if !asked {
		path = "."
	}
	space, err := diskSpace(ctx, call.Sandbox, path)
	if err != nil && asked {
		return nil, err
	}
	if err == nil {
		out["path"], out["total_bytes"], out["free_bytes"] = path, int64(space.Total), int64(space.Free)
		out["used_bytes"], out["used_percent"], out["filesystem"] = int64(space.Used), percent(space.UsedPercent), space.Fstype
	}
	mounts := []any{}
	parts, listErr := disk.PartitionsWithContext(ctx, false)
	for _, p := range parts[:min(len(parts), 200)] {
		mounts = append(mounts, map[string]any{"mountpoint": p.Mountpoint, "device": p.Device, "filesystem": p.Fstype})
	}
	out["mounts"] = mounts
	if err != nil && listErr != nil {
		return nil, err
	}
	return out, nil
}

func diskSpace(ctx context.Context, box *sandbox.Sandbox, path string) (*disk.UsageStat, error) {
	place, err := box.Place(sandbox.Read, path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	f, err := place.Root.OpenFile(place.Name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, place.Explain(err)
	}
	defer f.Close()
	// Where the open file can be named, no link can be put in its place.
	space, err := disk.UsageWithContext(ctx, openPath(f, place.Path))
	if err != nil {
		return nil, fmt.Errorf("cannot find the space on the disk of %q: %w", path, err)
	}
	return space, nil
}

func reportNetwork(ctx context.Context) (map[string]any, error) {
	list, err := psnet.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil, err
	}
	values := func(s *psnet.IOCountersStat) map[string]any {
		return map[string]any{"bytes_sent": int64(s.BytesSent), "bytes_received": int64(s.BytesRecv), "packets_sent": int64(s.PacketsSent),
			"packets_received": int64(s.PacketsRecv), "errors_in": int64(s.Errin), "errors_out": int64(s.Errout)}
	}
	var sum psnet.IOCountersStat
	interfaces := map[string]any{}
	for i := range list {
		s := &list[i]
		sum.BytesSent, sum.BytesRecv, sum.PacketsSent = sum.BytesSent+s.BytesSent, sum.BytesRecv+s.BytesRecv, sum.PacketsSent+s.PacketsSent
		sum.PacketsRecv, sum.Errin, sum.Errout = sum.PacketsRecv+s.PacketsRecv, sum.Errin+s.Errin, sum.Errout+s.Errout
		interfaces[s.Name] = values(s)
	}
	out := values(&sum)
	out["interfaces"] = interfaces
	return out, nil
}

func reportSystem(ctx context.Context) (map[string]any, error) {
	up, err := host.UptimeWithContext(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"os": runtime.GOOS, "architecture": runtime.GOARCH, "uptime_seconds": int64(up)}
	if boot, err := host.BootTimeWithContext(ctx); err == nil {
		out["boot_time"] = time.Unix(int64(boot), 0).UTC().Format(time.RFC3339)
	}
	if platform, _, version, err := host.PlatformInformationWithContext(ctx); err == nil {
		out["platform"], out["platform_version"] = platform, version
	}
	if version, err := host.KernelVersionWithContext(ctx); err == nil {
		out["kernel_version"] = version
	}
	return out, nil
}
