// Tlogcheck judges what the ledger hands out, with golang.org/x/mod/sumdb/{note,tlog}: code that
// nobody of this project wrote. It computes every hash anew from the entries.
//
//	tlogcheck export DIR [OLD]          the whole export; OLD is a checkpoint kept from before
//	tlogcheck proof VKEY FILE ENTRY     one entry against its .tlog-proof file
//	tlogcheck request VKEY OLD FILE     the body of a request to a witness, against OLD
//
// It ends with 0 and one line if everything holds, with 1 and the first fault otherwise, and with
// 2 if it was called wrongly.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func main() {
	var found string
	var err error
	switch args := os.Args[1:]; {
	case (len(args) == 2 || len(args) == 3) && args[0] == "export":
		found, err = export(args[1], args[2:])
	case len(args) == 4 && args[0] == "proof":
		found, err = proof(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "request":
		found, err = request(args[1], args[2], args[3])
	default:
		fmt.Fprintln(os.Stderr, "usage: tlogcheck export DIR [OLD] | proof VKEY FILE ENTRY | request VKEY OLD FILE")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tlogcheck:", err)
		os.Exit(1)
	}
	fmt.Println(found)
}

// open verifies a signed checkpoint and reads its three lines.
func open(vkey string, data []byte) (checkpoint, error) {
	verifier, err := note.NewVerifier(strings.TrimSuffix(vkey, "\n"))
	if err != nil {
		return checkpoint{}, fmt.Errorf("verifier key: %w", err)
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return checkpoint{}, fmt.Errorf("checkpoint: not three lines of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func openFile(vkey, path string) (checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	return open(vkey, data)
}

// tilePath is x/mod's name of a tile in the layout of c2sp.org/tlog-tiles.
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	if t.L == -1 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

// folder reads tiles for tlog.TileHashReader, which believes none of them.
type folder string

func (folder) Height() int                                { return height }
func (folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) read(t tlog.Tile) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(f), tilePath(t)))
}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := f.read(t)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// hashes is a tree in memory, in tlog's order of storage.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		all[i] = h[index]
	}
	return all, nil
}

func entriesOf(bundle []byte) ([][]byte, error) {
	var all [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return nil, fmt.Errorf("a bundle ends within entry %d", len(all))
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		all, bundle = append(all, bundle[2:end]), bundle[end:]
	}
	return all, nil
}

// finalTiles are the tiles of a tree of n records, each in its last width only.
func finalTiles(n int64) []tlog.Tile {
	last := map[[2]int64]tlog.Tile{}
	for _, t := range tlog.NewTiles(height, 0, n) {
		last[[2]int64{int64(t.L), t.N}] = t
	}
	var all []tlog.Tile
	for _, t := range last {
		all = append(all, t)
	}
	return all
}

func export(dir string, kept []string) (string, error) {
	vkey, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
	if err != nil {
		return "", err
	}
	head, err := openFile(string(vkey), filepath.Join(dir, "checkpoint"))
	if err != nil {
		return "", err
	}
	records, stored, expected, err := recompute(folder(dir), head.tree.N)
	if err != nil {
		return "", err
	}
	if root, err := tlog.TreeHash(head.tree.N, stored); head.tree.N > 0 && (err != nil || root != head.tree.Hash) {
		return "", fmt.Errorf("the entries make another root (%v)", err)
	}
	if err := onlyThose(dir, expected); err != nil {
		return "", err
	}
	reader := tlog.TileHashReader(head.tree, folder(dir))
	for i, record := range records {
		path, err := tlog.ProveRecord(head.tree.N, int64(i), reader)
		if err != nil {
			return "", fmt.Errorf("entry %d: %w", i, err)
		}
		if err := tlog.CheckRecord(path, head.tree.N, head.tree.Hash, int64(i), record); err != nil {
			return "", fmt.Errorf("entry %d: %w", i, err)
		}
	}
	for _, path := range kept {
		old, err := openFile(string(vkey), path)
		if err != nil {
			return "", fmt.Errorf("kept %w", err)
		}
		if err := grew(old.tree, head.tree, reader); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s: %d entries", head.origin, head.tree.N), nil
}

// recompute reads all entries, hashes them, and compares every tile with what it must be.
func recompute(dir folder, n int64) ([]tlog.Hash, hashes, map[string]bool, error) {
	var records []tlog.Hash
	var stored hashes
	expected := map[string]bool{}
	for first := int64(0); first < n; first += 1 << height {
		t := tlog.Tile{H: height, L: -1, N: first >> height, W: 1 << height}
		if n-first < int64(t.W) {
			t.W = int(n - first)
		}
		data, err := dir.read(t)
		if err != nil {
			return nil, nil, nil, err
		}
		entries, err := entriesOf(data)
		if err != nil || len(entries) != t.W {
			return nil, nil, nil, fmt.Errorf("%s: %d entries (%v)", tilePath(t), len(entries), err)
		}
		expected[tilePath(t)] = true
		for _, entry := range entries {
			more, err := tlog.StoredHashes(int64(len(records)), entry, stored)
			if err != nil {
				return nil, nil, nil, err
			}
			stored = append(stored, more...)
			records = append(records, tlog.RecordHash(entry))
		}
	}
	for _, t := range finalTiles(n) {
		want, err := tlog.ReadTileData(t, stored)
		if err != nil {
			return nil, nil, nil, err
		}
		got, err := dir.read(t)
		if err != nil {
			return nil, nil, nil, err
		}
		if !bytes.Equal(got, want) {
			return nil, nil, nil, fmt.Errorf("%s is not what the entries make", tilePath(t))
		}
		expected[tilePath(t)] = true
	}
	return records, stored, expected, nil
}

// onlyThose refuses files under tile/ that nothing was compared with.
func onlyThose(dir string, expected map[string]bool) error {
	return filepath.WalkDir(filepath.Join(dir, "tile"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && !expected[filepath.ToSlash(name)] {
			err = fmt.Errorf("%s belongs to no tree of this size", name)
		}
		return err
	})
}

func grew(old, head tlog.Tree, reader tlog.HashReader) error {
	if old.N > head.N {
		return fmt.Errorf("the log shrank from %d to %d", old.N, head.N)
	}
	if old.N == 0 {
		return nil
	}
	path, err := tlog.ProveTree(head.N, old.N, reader)
	if err == nil {
		err = tlog.CheckTree(path, head.N, head.Hash, old.N, old.Hash)
	}
	if err != nil {
		return fmt.Errorf("the log is not the one of the kept checkpoint: %w", err)
	}
	return nil
}

// headed splits a file into the lines before its first empty line, and what follows.
func headed(path string) ([]string, []byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	head, rest, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		return nil, nil, fmt.Errorf("no empty line in %s", path)
	}
	return strings.Split(string(head), "\n"), rest, nil
}

func hashesOf(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			return nil, fmt.Errorf("no hash: %q", line)
		}
		var one tlog.Hash
		copy(one[:], data)
		all = append(all, one)
	}
	return all, nil
}

func proof(vkey, path, entryPath string) (string, error) {
	lines, rest, err := headed(path)
	if err != nil {
		return "", err
	}
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", fmt.Errorf("no tlog-proof: %q", lines[0])
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return "", fmt.Errorf("no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	path_, err := hashesOf(lines[1:])
	if err != nil {
		return "", err
	}
	head, err := open(vkey, rest)
	if err != nil {
		return "", err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return "", err
	}
	if index < 0 || index >= head.tree.N {
		return "", fmt.Errorf("index %d is not in a tree of %d", index, head.tree.N)
	}
	err = tlog.CheckRecord(path_, head.tree.N, head.tree.Hash, index, tlog.RecordHash(entry))
	return fmt.Sprintf("%s: entry %d of %d", head.origin, index, head.tree.N), err
}

func request(vkey, oldPath, path string) (string, error) {
	lines, rest, err := headed(path)
	if err != nil {
		return "", err
	}
	old, err := openFile(vkey, oldPath)
	if err != nil {
		return "", fmt.Errorf("old %w", err)
	}
	if lines[0] != fmt.Sprintf("old %d", old.tree.N) {
		return "", fmt.Errorf("the request says %q", lines[0])
	}
	path_, err := hashesOf(lines[1:])
	if err != nil {
		return "", err
	}
	head, err := open(vkey, rest)
	if err != nil {
		return "", err
	}
	err = tlog.CheckTree(path_, head.tree.N, head.tree.Hash, old.tree.N, old.tree.Hash)
	return fmt.Sprintf("%s: %d to %d", head.origin, old.tree.N, head.tree.N), err
}
