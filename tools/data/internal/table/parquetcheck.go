package table

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// What a Parquet file may make its reader allocate. The library believes the
// sizes that a file states, so they are checked before it sees them.
const (
	maxFooter     = 16 << 20
	maxPageBytes  = 64 << 20
	maxPageValues = 8 << 20
	maxLZ4Page    = 1 << 20 // LZ4 makes up to 255 bytes of one
)

func damaged(f string, args ...any) error {
	return fmt.Errorf("the Parquet file is damaged: "+f, args...)
}

func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return errors.New("the file is too short to be a Parquet file")
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return errors.New("the file is not a Parquet file, or is encrypted")
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:4])); n > size-12 || n > maxFooter {
		return damaged("its footer claims %d bytes", n)
	}
	return nil
}

// checkPages reads the header of every page.
func checkPages(ctx context.Context, r io.ReaderAt, size int64, meta *format.FileMetaData) error {
	for g := range meta.RowGroups {
		for c := range meta.RowGroups[g].Columns {
			if err := ctx.Err(); err != nil {
				return err
			}
			m := &meta.RowGroups[g].Columns[c].MetaData
			start := m.DataPageOffset
			if m.DictionaryPageOffset != 0 {
				start = m.DictionaryPageOffset
			}
			if start < 4 || m.TotalCompressedSize < 0 || start > size || m.TotalCompressedSize > size-start {
				return damaged("a column lies outside of it")
			}
			switch m.Codec {
			case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd, format.Lz4Raw:
			default:
				return fmt.Errorf("the Parquet file is compressed with %v, which is not read; use snappy, gzip or zstd", m.Codec)
			}
			chunk := io.NewSectionReader(r, start, m.TotalCompressedSize)
			if err := checkChunk(ctx, chunk, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkChunk(ctx context.Context, chunk *io.SectionReader, m *format.ColumnMetaData) error {
	var protocol thrift.CompactProtocol
	br := bufio.NewReader(chunk)
	for at := int64(0); at < chunk.Size(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk.Seek(at, io.SeekStart)
		// A header is small; what it holds cannot make it allocate more.
		br.Reset(io.LimitReader(chunk, 1<<20))
		var h format.PageHeader
		if err := thrift.NewDecoder(protocol.NewReader(br)).Decode(&h); err != nil {
			return damaged("a page has no header: %w", err)
		}
		position, _ := chunk.Seek(0, io.SeekCurrent)
		at = position - int64(br.Buffered())
		if h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > chunk.Size()-at || h.UncompressedPageSize < 0 {
			return damaged("a page claims %d bytes", h.CompressedPageSize)
		}
		if h.UncompressedPageSize > maxPageBytes || h.CompressedPageSize > maxPageBytes {
			return fmt.Errorf("a page of the Parquet file has %d MB; at most %d MB are read", h.UncompressedPageSize>>20, maxPageBytes>>20)
		}
		levels := int64(0)
		values := h.DataPageHeader.V.NumValues
		if h.DataPageHeaderV2.Valid {
			v2 := &h.DataPageHeaderV2.V
			values = max(v2.NumValues, v2.NumRows)
			levels = int64(v2.RepetitionLevelsByteLength) + int64(v2.DefinitionLevelsByteLength)
			if v2.RepetitionLevelsByteLength < 0 || v2.DefinitionLevelsByteLength < 0 || levels > int64(h.CompressedPageSize) {
				return damaged("a page claims %d bytes of levels", levels)
			}
		}
		if values = max(values, h.DictionaryPageHeader.V.NumValues); values < 0 || values > maxPageValues {
			return fmt.Errorf("a page of the Parquet file claims %d values; at most %d are read", values, maxPageValues)
		}
		body := io.NewSectionReader(chunk, at+levels, int64(h.CompressedPageSize)-levels)
		if err := checkUnpacked(body, m.Codec, int64(h.UncompressedPageSize)); err != nil {
			return err
		}
		at += int64(h.CompressedPageSize)
	}
	return nil
}

// checkUnpacked makes sure that a page does not unpack to more than it states.
// Snappy states the size itself.
func checkUnpacked(body *io.SectionReader, codec format.CompressionCodec, stated int64) error {
	var r io.Reader
	switch codec {
	case format.Lz4Raw:
		if body.Size() > maxLZ4Page {
			return fmt.Errorf("a page of the Parquet file has %d KB of LZ4; at most %d KB are read", body.Size()>>10, maxLZ4Page>>10)
		}
		return nil
	case format.Snappy:
		head := make([]byte, binary.MaxVarintLen64)
		n, _ := body.ReadAt(head, 0)
		if size, k := binary.Uvarint(head[:n]); n > 0 && (k <= 0 || size > maxPageBytes) {
			return damaged("a page unpacks to more than it states")
		}
		return nil
	case format.Gzip:
		z, err := gzip.NewReader(bufio.NewReader(body))
		if errors.Is(err, io.EOF) { // no values, only levels
			return nil
		}
		if err != nil {
			return damaged("a page cannot be unpacked: %w", err)
		}
		r = z
	case format.Zstd:
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxPageBytes), zstd.WithDecoderMaxWindow(maxPageBytes))
		if err != nil {
			return damaged("a page cannot be unpacked: %w", err)
		}
		defer z.Close()
		r = z
	default:
		return nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, stated+1))
	if err != nil {
		return damaged("a page cannot be unpacked: %w", err)
	}
	if n > stated {
		return damaged("a page unpacks to more than it states")
	}
	return nil
}
