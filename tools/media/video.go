package media

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/media/internal/container"
	"github.com/llmspell/llmspell/tools/media/internal/imaging"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func videoDefinition() tool.Definition {
	setup := func(dir string) (map[string]string, func(), error) { return nil, func() {}, writeClip(dir) }
	side := func(description string) *schema.Schema { return schema.Int(description, 1, 8192) }
	return tool.Static(&tool.Descriptor{
		Name: "video-processor", Aliases: []string{"video"}, Category: "media", Version: "1.0.0", Security: tool.Safe, Needs: []tool.Need{tool.Files, tool.Processes},
		SideEffects: true, Timeout: 5 * time.Minute, Tags: []string{"video", "movie", "mp4", "webm", "mkv", "avi", "frame", "thumbnail", "duration"},
		Description: "Tells formats, durations and tracks of MP4, QuickTime, WebM, Matroska and AVI files. " +
			"Taking pictures out of a video needs the program ffmpeg and the permission to run it",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("detect: the format; metadata: duration and tracks; thumbnail: a small picture; extract_frame: a picture in full size",
				"detect", "metadata", "thumbnail", "extract_frame").WithAliases(map[string]string{"info": "metadata", "frame": "extract_frame"})),
			schema.Optional("source_path", schema.Text("The video file"), "file_path", "path", "file", "input", "source"),
			schema.Optional("target_path", schema.Text("The picture to write: .png or .jpg (thumbnail, extract_frame)"), "output_path", "target", "output"),
			schema.Optional("timestamp_seconds", &schema.Schema{Types: []schema.Type{schema.Number}, Minimum: schema.Ptr(0.0), Maximum: schema.Ptr(1e6),
				Description: "When (thumbnail, extract_frame); the beginning when left out"}, "timestamp", "time"),
			schema.Optional("max_width", side("The box that the thumbnail fits into").WithDefault(320.0)), schema.Optional("max_height", side("Likewise").WithDefault(320.0)),
		),
		Result: schema.Map("detect {format, mime_type, supported}; metadata {format, mime_type, size, duration_seconds, bitrate_kbps, width, height, frame_rate, video_codec, audio_codec, " +
			"tracks: [{type, codec, language, duration_seconds, width, height, frame_rate, sample_rate, channels}], tags}; thumbnail, extract_frame {source_path, target_path, format, width, height, size, timestamp_seconds}"),
		Settings: []tool.Setting{{Name: "ffmpeg", Description: "The name or path of the program ffmpeg", Default: "ffmpeg"}},
		Examples: []tool.Example{
			{Description: "What is it?", Setup: setup, Params: map[string]any{"operation": "detect", "file_path": "clip.mp4"}, Want: map[string]any{"format": "mp4", "supported": true}},
			{Description: "Read the properties", Setup: setup, Params: map[string]any{"operation": "metadata", "file_path": "clip.mp4"},
				Want: map[string]any{"duration_seconds": 2.5, "width": 640, "height": 360, "video_codec": "h264", "frame_rate": 24.0}},
		},
	}, runVideo)
}

func runVideo(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	path, err := call.Need("source_path")
	if err != nil {
		return nil, err
	}
	target, format := "", ""
	if call.Operation == "thumbnail" || call.Operation == "extract_frame" {
		if target, err = call.Need("target_path"); err != nil {
			return nil, err
		}
		format = map[string]string{".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}[strings.ToLower(filepath.Ext(target))]
		if format == "" {
			return nil, &schema.FieldError{Path: "target_path", Expected: "a name that ends in .png or .jpg", Value: target}
		}
	}
	f, err := call.Sandbox.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if call.Operation == "detect" {
		return detectMedia(f, info, "video")
	}
	c, err := container.Read(ctx, f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	if call.Operation == "metadata" {
		return videoMetadata(info.Size(), c), nil
	}
	return takeFrame(ctx, call, path, target, format, c)
}

func videoMetadata(size int64, c *container.Info) *tool.Result {
	tags, tracks := map[string]any{}, []any{}
	for name, text := range c.Tags {
		tags[name] = text
	}
	value := map[string]any{"format": c.Format, "mime_type": c.MIME, "size": size, "duration_seconds": round(c.Duration, 3), "tags": tags}
	if c.Duration > 0 {
		value["bitrate_kbps"] = round(float64(size)*8/c.Duration/1000, 1)
	}
	for _, t := range c.Tracks {
		m := map[string]any{"type": t.Kind, "codec": t.Codec, "duration_seconds": round(t.Duration, 3)}
		for name, n := range map[string]int{"width": t.Width, "height": t.Height, "sample_rate": t.SampleRate, "channels": t.Channels} {
			if n > 0 {
				m[name] = n
			}
		}
		if t.Language != "" {
			m["language"] = t.Language
		}
		if t.FrameRate > 0 {
			m["frame_rate"] = round(t.FrameRate, 3)
		}
		tracks = append(tracks, m)
		switch _, seen := value[t.Kind+"_codec"]; {
		case seen:
		case t.Kind == "video":
			value["video_codec"], value["width"], value["height"] = t.Codec, t.Width, t.Height
			if t.FrameRate > 0 {
				value["frame_rate"] = round(t.FrameRate, 3)
			}
		case t.Kind == "audio":
			value["audio_codec"] = t.Codec
		}
	}
	value["tracks"] = tracks
	return tool.Value(value)
}

// takeFrame has ffmpeg decode one picture, and writes it.
func takeFrame(ctx context.Context, call *tool.Call, path, target, format string, c *container.Info) (*tool.Result, error) {
	at := call.Params.Float("timestamp_seconds")
	if c.Duration > 0 && at > c.Duration {
		return nil, &schema.FieldError{Path: "timestamp_seconds", Expected: fmt.Sprintf("a time within the video, which takes %v seconds", round(c.Duration, 3)), Value: at}
	}
	out, err := runFFmpeg(ctx, call, path, "take a picture out of a video",
		[]string{"-ss", strconv.FormatFloat(at, 'f', 3, 64), seekMark, "-frames:v", "1", "-an", "-c:v", "png", "-f", "image2pipe", "pipe:1"})
	if err != nil {
		return nil, err
	}
	img, _, err := imaging.Decode(out)
	if err != nil {
		return nil, fmt.Errorf("what ffmpeg gave: %w", err)
	}
	b := img.Bounds()
	if call.Operation == "thumbnail" {
		width, height := imaging.Fit(b.Dx(), b.Dy(), call.Params.Int("max_width"), call.Params.Int("max_height"))
		if width < b.Dx() {
			if img, err = imaging.Resize(img, width, height, "catmullrom"); err != nil {
				return nil, err
			}
		}
	}
	if out, err = imaging.Encode(img, format, 85); err != nil {
		return nil, err
	}
	if err := call.Sandbox.WriteFile(target, out); err != nil {
		return nil, err
	}
	b = img.Bounds()
	return &tool.Result{Message: fmt.Sprintf("wrote %s, %d x %d pixels", target, b.Dx(), b.Dy()), Value: map[string]any{"source_path": path, "target_path": target,
		"format": format, "width": b.Dx(), "height": b.Dy(), "size": len(out), "timestamp_seconds": at}}, nil
}
