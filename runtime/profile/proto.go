package profile

import "encoding/binary"

// The messages of pprof's profile.proto, written by hand: the library for them
// compiles the patterns of formats of old as it starts, which every command
// would pay.

// message is an encoded message of protocol buffers.
type message []byte

// Wire types.
const (
	varint    = 0
	delimited = 2
)

// number appends an integer field; zero is the default, and left out.
func (m *message) number(field int, v int64) {
	if v != 0 {
		*m = binary.AppendUvarint(*m, uint64(field)<<3|varint)
		*m = binary.AppendUvarint(*m, uint64(v))
	}
}

// bytes appends a field that is a text or a message, even an empty one.
func (m *message) bytes(field int, v []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|delimited)
	*m = binary.AppendUvarint(*m, uint64(len(v)))
	*m = append(*m, v...)
}

// numbers appends a packed list of integers.
func (m *message) numbers(field int, list []int64) {
	var packed []byte
	for _, v := range list {
		packed = binary.AppendUvarint(packed, uint64(v))
	}
	m.bytes(field, packed)
}

// texts is the table of strings of a profile; the first is empty.
type texts struct {
	index map[string]int64
	list  []string
}

func newTexts() *texts { return &texts{index: map[string]int64{"": 0}, list: []string{""}} }

func (t *texts) of(s string) int64 {
	n, ok := t.index[s]
	if !ok {
		n = int64(len(t.list))
		t.index[s] = n
		t.list = append(t.list, s)
	}
	return n
}

// valueType is a ValueType: what is counted, and in what unit.
func (t *texts) valueType(kind, unit string) message {
	var m message
	m.number(1, t.of(kind))
	m.number(2, t.of(unit))
	return m
}
