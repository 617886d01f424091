package memory

import (
	"encoding/binary"
	"hash/crc32"
)

// EpisodeSum is the checksum of what never changes of an episode: all but Row and Processed. metadata is its
// encoded form.
func EpisodeSum(tenant string, e *Episode, metadata string) int64 {
	buf := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(make([]byte, 0, 256), uint64(At(e.Time))), uint64(At(e.Ingested)))
	for _, s := range []string{tenant, e.Session, e.ID, e.Role, metadata} {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	return int64(crc32.Update(crc32.Checksum(buf, castagnoli), castagnoli, []byte(e.Content)))
}
