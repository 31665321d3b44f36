// A ledger of muster is checked here with the code of the Go project, which knows nothing of muster.
//
// Signatures, checkpoints and proofs are checked by golang.org/x/mod/sumdb/{note,tlog}, commitments by Go's own HMAC.
// Every command exits with 0 when what it checks holds and with 1, and a sentence, when it does not.
//
//	verify checkpoint  VKEY NOTE
//	verify inclusion   VKEY PROOF RECORD        a .tlog-proof file and the record's line
//	verify consistency VKEY OLD-NOTE NEW-NOTE PROOF
//	verify pack        FOLDER                   an unpacked evidence pack
//
// Each argument is the name of a file. Debian: apt install golang-go golang-golang-x-mod-dev, then
// GO111MODULE=off GOPATH=/usr/share/gocode go build verify.go
package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	report, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "NOT verified:", err)
		os.Exit(1)
	}
	fmt.Println(report)
}

func run(args []string) (string, error) {
	switch {
	case len(args) == 3 && args[0] == "checkpoint":
		tree, err := checkpoint(args[1], args[2])
		return fmt.Sprintf("checkpoint OK, %d entries", tree.N), err
	case len(args) == 4 && args[0] == "inclusion":
		return inclusion(args[1], args[2], args[3])
	case len(args) == 5 && args[0] == "consistency":
		return consistency(args[1], args[2], args[3], args[4])
	case len(args) == 2 && args[0] == "pack":
		return pack(args[1])
	}
	return "", errors.New("say checkpoint, inclusion, consistency or pack, and name the files; see the top of verify.go")
}

func checkpoint(vkeyFile, noteFile string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(vkeyFile)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := os.ReadFile(noteFile)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openNote(strings.TrimSpace(string(vkey)), signed)
}

// openNote checks the signature and reads the three lines: origin, size, root.
func openNote(vkey string, signed []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("the checkpoint is not three lines with the log's name first")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func inclusion(vkeyFile, proofFile, recordFile string) (string, error) {
	vkey, err := os.ReadFile(vkeyFile)
	if err != nil {
		return "", err
	}
	record, err := os.ReadFile(recordFile)
	if err != nil {
		return "", err
	}
	seq, leaf, err := leafHash(bytes.TrimSuffix(record, []byte("\n")))
	if err != nil {
		return "", err
	}
	return proofHolds(strings.TrimSpace(string(vkey)), proofFile, seq, leaf)
}

// proofHolds checks a C2SP tlog-proof file: header, index, path, empty line, checkpoint.
func proofHolds(vkey, proofFile string, seq int64, leaf tlog.Hash) (string, error) {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return "", err
	}
	head, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New(proofFile + " is not a tlog-proof file")
	}
	if lines[1] != fmt.Sprintf("index %d", seq) {
		return "", errors.New(proofFile + " is about another record")
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return "", err
	}
	tree, err := openNote(vkey, []byte(signed))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, seq, leaf); err != nil {
		return "", err
	}
	return fmt.Sprintf("inclusion OK, entry %d of %d", seq, tree.N), nil
}

func consistency(vkeyFile, oldFile, newFile, proofFile string) (string, error) {
	old, err := checkpoint(vkeyFile, oldFile)
	if err != nil {
		return "", err
	}
	new, err := checkpoint(vkeyFile, newFile)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return "", err
	}
	path, err := hashes(strings.Fields(string(text)))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckTree(path, new.N, new.Hash, old.N, old.Hash); err != nil {
		return "", err
	}
	return fmt.Sprintf("consistency OK, %d entries grew to %d", old.N, new.N), nil
}

// pack checks every record of an unpacked pack against the log whose key the pack, or the reader, names.
func pack(folder string) (string, error) {
	policy, err := os.ReadFile(filepath.Join(folder, "log/policy.txt"))
	if err != nil {
		return "", err
	}
	var vkey string
	for _, line := range strings.Split(string(policy), "\n") {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == "log" && vkey == "" {
			vkey = words[1]
		}
	}
	signed, err := os.ReadFile(filepath.Join(folder, "log/checkpoint"))
	if err != nil {
		return "", err
	}
	tree, err := openNote(vkey, signed)
	if err != nil {
		return "", err
	}
	records, err := lines(filepath.Join(folder, "data/records.jsonl"))
	if err != nil {
		return "", err
	}
	proofs, err := lines(filepath.Join(folder, "log/proofs.jsonl"))
	if err != nil {
		return "", err
	}
	if len(records) != len(proofs) {
		return "", fmt.Errorf("%d records but %d proofs", len(records), len(proofs))
	}
	files := 0
	for at, record := range records {
		seq, leaf, err := leafHash(record)
		if err != nil {
			return "", err
		}
		var line struct {
			Path []string
			Seq  int64
		}
		if err := json.Unmarshal(proofs[at], &line); err != nil {
			return "", err
		}
		path, err := hashes(line.Path)
		if err != nil {
			return "", err
		}
		if line.Seq != seq {
			return "", fmt.Errorf("the proof of record %d is missing", seq)
		}
		if err := tlog.CheckRecord(path, tree.N, tree.Hash, seq, leaf); err != nil {
			return "", fmt.Errorf("record %d: %w", seq, err)
		}
		name := filepath.Join(folder, fmt.Sprintf("log/proofs/%d.tlog-proof", seq))
		if _, err := os.Stat(name); err == nil {
			if _, err := proofHolds(vkey, name, seq, leaf); err != nil {
				return "", err
			}
			files++
		}
	}
	return fmt.Sprintf("pack OK, %d records and %d proof files in a ledger of %d entries", len(records), files, tree.N), nil
}

// leafHash makes the leaf of a record line anew: the commitment by HMAC, then the RFC 8785 text of the leaf.
// Go writes a map's keys in order and, without HTML escapes, its text as RFC 8785 does for what a leaf can contain.
func leafHash(line []byte) (int64, tlog.Hash, error) {
	var record struct {
		Seq         int64   `json:"seq"`
		Kind        string  `json:"kind"`
		Class       string  `json:"class"`
		OccurredAt  string  `json:"occurred_at"`
		RecordedAt  string  `json:"recorded_at"`
		Key         *string `json:"key"`
		Body        *string `json:"body"`
		CommitGiven *string `json:"commit"`
	}
	if err := json.Unmarshal(line, &record); err != nil {
		return 0, tlog.Hash{}, err
	}
	var commit string
	switch {
	case record.Key != nil && record.Body != nil && record.CommitGiven == nil:
		key, err := hex.DecodeString(*record.Key)
		if err != nil || len(key) != 32 {
			return 0, tlog.Hash{}, fmt.Errorf("record %d has no sound key", record.Seq)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(*record.Body))
		commit = hex.EncodeToString(mac.Sum(nil))
	case record.Key == nil && record.Body == nil && record.CommitGiven != nil:
		commit = *record.CommitGiven
	default:
		return 0, tlog.Hash{}, fmt.Errorf("record %d has neither its content nor its commitment alone", record.Seq)
	}
	var leaf bytes.Buffer
	encoder := json.NewEncoder(&leaf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(map[string]any{
		"v": 1, "seq": record.Seq, "kind": record.Kind, "class": record.Class,
		"occurred_at": record.OccurredAt, "recorded_at": record.RecordedAt, "commit": commit,
	})
	return record.Seq, tlog.RecordHash(bytes.TrimSuffix(leaf.Bytes(), []byte("\n"))), err
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, text := range texts {
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, errors.New("a hash is not the base64 of 32 bytes")
		}
		found = append(found, tlog.Hash(*(*[tlog.HashSize]byte)(raw)))
	}
	return found, nil
}

func lines(name string) ([][]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found [][]byte
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		found = append(found, append([]byte(nil), scanner.Bytes()...))
	}
	return found, scanner.Err()
}
