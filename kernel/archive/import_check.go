package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// What no archive has, a bundle that was made or changed by others may still hold: it is
// refused before anything is written.

// check tells what of it no archive has.
func (b *bundleCheckpoint) check() error {
	return errors.Join(checkText("name", b.Name, maxName), inRange(maxTime, b.Created), inRange(maxCount, int64(b.Execution)))
}

func (m *importer) checkSession() error {
	b := &m.session
	tags, err := checkTags(b.Tags)
	if _, statusErr := ParseStatus(string(b.Status)); statusErr != nil {
		err = errors.Join(err, statusErr)
	}
	_, metadataErr := metadataIn(b.Metadata)
	if err := errors.Join(err, CheckID(b.ID), checkText("name", b.Name, maxName), checkText("description", b.Description, maxText),
		checkText("reason", b.Reason, maxText), checkText("creator", b.CreatedBy, maxName), checkText("parent", b.Parent, maxName), metadataErr,
		inRange(maxTime, b.Created, b.Updated, b.Ended), inRange(maxCount, int64(b.NextExecution), int64(b.NextArtifact))); err != nil {
		return damaged("%s: %v", sessionFile, err)
	}
	b.Tags, b.Status = tags, Status(strings.ToLower(string(b.Status)))
	return nil
}

// metadataIn checks metadata and writes them anew.
func metadataIn(raw json.RawMessage) ([]byte, error) {
	v, err := decodeMetadata(raw)
	if err != nil {
		return nil, err
	}
	return encodeMetadata(v)
}

func (m *importer) readVariables() error {
	data, err := m.small(variablesFile, true)
	if err != nil {
		return err
	}
	vars, err := splitVariables(m.ctx, data)
	if m.ctx.Err() != nil {
		return context.Cause(m.ctx)
	}
	if err != nil {
		return damaged("%s: %v", variablesFile, err)
	}
	m.vars, err = m.s.encodeVariables(context.Background(), vars)
	return err
}

// maxCount and maxTime bound the numbers of a bundle: what counts, and a time of
// the year 10000 in microseconds.
const (
	maxCount = 1 << 40
	maxTime  = 253402300800 * 1_000_000
)

func inRange(limit int64, numbers ...int64) error {
	for _, n := range numbers {
		if n < 0 || n >= limit {
			return fmt.Errorf("the number %d is out of range", n)
		}
	}
	return nil
}

// use notes that a content is referred to.
func (m *importer) use(hash string) error {
	if !IsHash(hash) || hash != strings.ToLower(hash) {
		return fmt.Errorf("%q is no content hash", clip(hash))
	}
	if m.zip[contentsFolder+hash] == nil {
		return fmt.Errorf("the content %s is missing", hash)
	}
	m.used[hash] = true
	return nil
}

func (m *importer) checkExecution(b *bundleExecution) error {
	err := errors.Join(b.check(), m.use(b.Source))
	if b.Variables != "" {
		err = errors.Join(err, m.use(b.Variables))
	}
	return err
}

// check tells what of it no archive has.
func (b *bundleExecution) check() error {
	args, argsErr := Decode(b.Args)
	if argsErr == nil {
		_, argsErr = texts(args)
	}
	_, resultErr := Decode(b.Result)
	err := errors.Join(argsErr, resultErr, checkText("name", b.Name, maxText), checkText("folder", b.Dir, maxText),
		checkText("state", b.State, maxName), checkText("error", b.Error, maxError+maxText),
		inRange(maxTime, b.Started), inRange(math.MaxInt64, b.Duration), inRange(maxCount, int64(b.Sequence), b.Printed, int64(b.Dropped)))
	switch {
	case b.Sequence < 1:
		err = errors.Join(err, errors.New("there is no execution 0"))
	case b.Kind != KindCode && b.Kind != KindFile:
		err = errors.Join(err, fmt.Errorf("%q is not a kind of executions", clip(b.Kind)))
	case !slices.Contains([]Outcome{Running, Succeeded, Erred, Interrupted, Crashed}, b.Outcome):
		err = errors.Join(err, fmt.Errorf("%q is not an outcome", clip(string(b.Outcome))))
	}
	return err
}

// check tells what of it no archive has.
func (b *bundleEntry) check() error {
	_, paramsErr := Decode(b.Params)
	_, resultErr := Decode(b.Result)
	err := errors.Join(paramsErr, resultErr, checkText("name", b.Name, maxText), inRange(maxTime, b.Started), inRange(math.MaxInt64, b.Duration),
		inRange(maxCount, int64(b.Execution), int64(b.Sequence)))
	if b.Execution < 1 || b.Sequence < 1 || b.Kind != EntryTool && b.Kind != EntryEvent {
		err = errors.Join(err, fmt.Errorf("entry %d of kind %q of execution %d is none", b.Sequence, clip(b.Kind), b.Execution))
	}
	return err
}

func (m *importer) checkArtifact(b *bundleArtifact) error {
	return errors.Join(b.check(), m.use(b.Content))
}

// check tells what of it no archive has, and writes the rest as one does.
func (b *bundleArtifact) check() error {
	tags, err := checkTags(b.Tags)
	metadata, metadataErr := metadataIn(b.Metadata)
	err = errors.Join(err, metadataErr, checkText("MIME type", b.Mime, maxName), checkText("creator", b.CreatedBy, maxName), checkText("name", b.Name, maxName),
		inRange(maxTime, b.Created), inRange(maxCount, int64(b.Sequence), int64(b.Version)))
	if b.Sequence < 1 || b.Version < 1 || b.Name == "" || !slices.Contains(ArtifactTypes(), b.Type) {
		err = errors.Join(err, fmt.Errorf("artifact %d, version %d, of type %q is none", b.Sequence, b.Version, clip(string(b.Type))))
	}
	b.Tags, b.Metadata = tags, metadata
	return err
}
