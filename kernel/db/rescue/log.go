package rescue

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

const (
	logHeader   = 32
	frameHeader = 24
)

// readLog finds the pages in the log that were committed, and returns how many pages the
// database then has; 0: the log says nothing. Frames count as far as their checksums are
// right, as they do for SQLite.
func (r *File) readLog(path string) (pages uint32, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	r.log, r.frames = f, map[uint32]int64{}
	head := make([]byte, logHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0, nil // an empty one
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(head) {
	case 0x377f0682:
	case 0x377f0683:
		order = binary.BigEndian
	default:
		return 0, nil
	}
	size := int(binary.BigEndian.Uint32(head[8:]))
	if size < 512 || size > 1<<16 || size&(size-1) != 0 || r.pageSize != 0 && r.pageSize != size {
		return 0, nil
	}
	sum := checksum(order, [2]uint32{}, head[:24])
	if sum != sumIn(head[24:]) {
		return 0, nil
	}
	r.pageSize = size
	frame := make([]byte, frameHeader+size)
	open := map[uint32]int64{} // of a transaction that has not been committed so far
	for at := int64(logHeader); ; at += int64(len(frame)) {
		if _, err := io.ReadFull(f, frame); err != nil {
			return pages, nil
		}
		sum = checksum(order, checksum(order, sum, frame[:8]), frame[frameHeader:])
		if string(frame[8:16]) != string(head[16:24]) || sum != sumIn(frame[16:]) {
			return pages, nil
		}
		open[binary.BigEndian.Uint32(frame)] = at + frameHeader
		if size := binary.BigEndian.Uint32(frame[4:]); size != 0 {
			pages = size
			for n, at := range open {
				r.frames[n] = at
			}
			clear(open)
		}
	}
}

func sumIn(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// checksum is that of the log's format.
func checksum(order binary.ByteOrder, s [2]uint32, data []byte) [2]uint32 {
	for i := 0; i+8 <= len(data); i += 8 {
		s[0] += order.Uint32(data[i:]) + s[1]
		s[1] += order.Uint32(data[i+4:]) + s[0]
	}
	return s
}
