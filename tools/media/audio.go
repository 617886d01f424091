package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dhowden/tag"

	"github.com/llmspell/llmspell/tools/media/internal/container"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func audioDefinition() tool.Definition {
	setup := func(dir string) (map[string]string, func(), error) { return nil, func() {}, writeTone(dir) }
	return tool.Static(&tool.Descriptor{
		Name: "audio-processor", Aliases: []string{"audio"}, Category: "media", Version: "1.0.0", Security: tool.Safe, Needs: []tool.Need{tool.Files, tool.Processes},
		SideEffects: true, Timeout: 5 * time.Minute, Tags: []string{"audio", "sound", "music", "wav", "mp3", "flac", "ogg", "tags", "duration", "convert"},
		Description: "Tells formats, durations and tags of sound files, and converts WAV and MP3 to WAV. Writing MP3 needs the program ffmpeg and the permission to run it",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do", "detect", "metadata", "convert").WithAliases(map[string]string{"info": "metadata"})),
			schema.Optional("source_path", schema.Text("The sound file: WAV, MP3, FLAC, Ogg or M4A"), "file_path", "path", "file", "input", "source"),
			schema.Optional("target_path", schema.Text("The file to write (convert)"), "output_path", "target", "output"),
			schema.Optional("target_format", schema.Choice("The format to write; else target_path's name tells (convert)", "wav", "mp3"), "format"),
			schema.Optional("sample_rate", schema.Int("Samples a second; those of the source when left out. Linear interpolation (convert to wav)", 1000, 384_000)),
			schema.Optional("channels", schema.Int("1 mixes all channels, 2 doubles one; those of the source when left out (convert to wav)", 1, 2)),
			schema.Optional("bit_depth", &schema.Schema{Types: []schema.Type{schema.Integer}, Enum: []any{8.0, 16.0, 24.0, 32.0}, Description: "Bits of a sample; 16 when left out (convert to wav)"}),
			schema.Optional("bitrate_kbps", schema.Int("The bit rate (convert to mp3)", 32, 320).WithDefault(192.0)),
		),
		Result: schema.Map("detect {format, mime_type, supported}; metadata {format, mime_type, size, duration_seconds, bitrate_kbps, codec, sample_rate, channels, bit_depth, " +
			"tags: {title, artist, album, album_artist, composer, genre, year, track, tracks, disc, comment, has_picture}}; convert {source_path, target_path, format, duration_seconds, sample_rate, channels, size}"),
		Settings: []tool.Setting{{Name: "ffmpeg", Description: "The name or path of the program ffmpeg", Default: "ffmpeg"}},
		Examples: []tool.Example{
			{Description: "What is it?", Setup: setup, Params: map[string]any{"operation": "detect", "file_path": "tone.wav"}, Want: map[string]any{"format": "wav"}},
			{Description: "Read the properties", Setup: setup, Params: map[string]any{"operation": "metadata", "file_path": "tone.wav"},
				Want: map[string]any{"duration_seconds": 0.5, "sample_rate": 8000, "channels": 1, "bit_depth": 16}},
			{Description: "Convert", Setup: setup, Params: map[string]any{"operation": "convert", "source_path": "tone.wav", "target_path": "cd.wav", "sample_rate": 44100.0, "channels": 2.0},
				Want: map[string]any{"sample_rate": 44100, "channels": 2, "duration_seconds": 0.5}},
		},
	}, runAudio)
}

func runAudio(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	path, err := call.Need("source_path")
	if err != nil {
		return nil, err
	}
	target, format := "", ""
	if call.Operation == "convert" {
		if target, err = call.Need("target_path"); err != nil {
			return nil, err
		}
		if format = call.Params.String("target_format"); format == "" {
			format = strings.TrimPrefix(strings.ToLower(filepath.Ext(target)), ".")
		}
		if format != "wav" && format != "mp3" {
			return nil, &schema.FieldError{Path: "target_path", Expected: "a name that ends in .wav or .mp3, or target_format", Value: target}
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
		return detectMedia(f, info, "audio")
	}
	c, err := container.Read(ctx, f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	switch {
	case call.Operation == "metadata":
		return audioMetadata(ctx, f, info, c), nil
	case format == "mp3":
		return encodeMP3(ctx, call, path, target, c)
	}
	return convertToWAV(ctx, call, f, info.Size(), c, path, target)
}

// detectMedia answers the operation detect of sound and video.
func detectMedia(f *os.File, info fs.FileInfo, want string) (*tool.Result, error) {
	head := make([]byte, 64)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	format, mime := container.Detect(head[:n])
	value := map[string]any{"format": nil, "mime_type": nil, "supported": false, "size": info.Size()}
	if format != "" {
		value["format"], value["mime_type"] = format, mime
		value["supported"] = strings.HasPrefix(mime, want) || want == "audio" && (format == "mp4" || format == "webm" || format == "mkv")
	}
	return tool.Value(value), nil
}

func audioMetadata(ctx context.Context, f *os.File, info fs.FileInfo, c *container.Info) *tool.Result {
	value := map[string]any{"format": c.Format, "mime_type": c.MIME, "size": info.Size(), "duration_seconds": round(c.Duration, 3), "tags": readTags(ctx, f, info.Size())}
	if c.Duration > 0 {
		value["bitrate_kbps"] = round(float64(info.Size())*8/c.Duration/1000, 1)
	}
	for _, t := range c.Tracks {
		if t.Kind == "audio" {
			value["codec"], value["sample_rate"], value["channels"] = t.Codec, t.SampleRate, t.Channels
			if t.BitDepth > 0 {
				value["bit_depth"] = t.BitDepth
			}
			break
		}
	}
	return tool.Value(value)
}

// readTags reads ID3, MP4 and Vorbis tags. A file with none, or whose tags are
// damaged, has none.
func readTags(ctx context.Context, f io.ReaderAt, size int64) (out map[string]any) {
	out = map[string]any{}
	defer func() {
		if recover() != nil {
			out = map[string]any{}
		}
	}()
	m, err := tag.ReadFrom(&boundedSeeker{ctx: ctx, SectionReader: io.NewSectionReader(f, 0, size), left: 64 << 20})
	if err != nil {
		return out
	}
	for name, text := range map[string]string{"title": m.Title(), "artist": m.Artist(), "album": m.Album(), "album_artist": m.AlbumArtist(),
		"composer": m.Composer(), "genre": m.Genre(), "comment": m.Comment()} {
		text = strings.ToValidUTF8(strings.TrimRight(text, "\x00"), "�")
		if len(text) > 4000 {
			text = strings.ToValidUTF8(text[:4000], "") + "…"
		}
		if text != "" {
			out[name] = text
		}
	}
	track, tracks := m.Track()
	disc, discs := m.Disc()
	for name, n := range map[string]int{"year": m.Year(), "track": track, "tracks": tracks, "disc": disc, "discs": discs} {
		if n > 0 {
			out[name] = n
		}
	}
	if m.Picture() != nil {
		out["has_picture"] = true
	}
	return out
}

// boundedSeeker ends a reader of tags that reads too much, or too long.
type boundedSeeker struct {
	ctx context.Context
	*io.SectionReader
	left int
}

func (b *boundedSeeker) Read(p []byte) (int, error) {
	if b.left -= len(p) + 16; b.left < 0 || b.ctx.Err() != nil {
		return 0, errors.New("the tags are too large")
	}
	return b.SectionReader.Read(p)
}

// encodeMP3 has ffmpeg write MP3: no well-kept encoder exists in pure Go.
func encodeMP3(ctx context.Context, call *tool.Call, path, target string, c *container.Info) (*tool.Result, error) {
	for _, name := range []string{"sample_rate", "channels", "bit_depth"} {
		if call.Params.Has(name) {
			return nil, &schema.FieldError{Path: name, Problem: "is for wav, and the target is mp3"}
		}
	}
	out, err := runFFmpeg(ctx, call, path, "write MP3", []string{"-vn", "-b:a", fmt.Sprintf("%dk", call.Params.Int("bitrate_kbps")), "-f", "mp3", "pipe:1"})
	if err != nil {
		return nil, err
	}
	written, err := container.Read(ctx, bytes.NewReader(out), int64(len(out)))
	if err != nil {
		return nil, fmt.Errorf("ffmpeg wrote no MP3: %w", err)
	}
	if err := call.Sandbox.WriteFile(target, out); err != nil {
		return nil, err
	}
	return tool.Value(map[string]any{"source_path": path, "target_path": target, "format": "mp3", "duration_seconds": round(c.Duration, 3), "size": len(out),
		"sample_rate": written.Tracks[0].SampleRate, "channels": written.Tracks[0].Channels}), nil
}
