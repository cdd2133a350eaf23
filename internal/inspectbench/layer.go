package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/lazaret/lazaret/internal/corpus"
)

// A layer is made of packages.
type layer struct {
	name     string
	packages func(ctx context.Context, dir string) ([]corpus.Package, error)
	open     func(ctx context.Context, p corpus.Package) (tarball io.ReadCloser, err error)
	place    func(p corpus.Package, name string) string // of an entry; "" leaves it out
}

func layers() []layer {
	return []layer{
		{"binaries", func(ctx context.Context, dir string) ([]corpus.Package, error) {
			return corpus.Debian(ctx, filepath.Join(dir, "debian"))
		}, unpacked, programs},
		{"text", func(ctx context.Context, dir string) ([]corpus.Package, error) {
			return corpus.NPM(ctx, filepath.Join(dir, "npm"))
		}, tgz, modules},
	}
}

// programs leaves of a Debian package what is machine code: what packages have apart from
// that is text, which the other layer is for.
func programs(_ corpus.Package, name string) string {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for _, dir := range []string{"bin/", "sbin/", "lib/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/libexec/"} {
		if strings.HasPrefix(name, dir) {
			return name
		}
	}
	return ""
}

func modules(p corpus.Package, name string) string {
	_, rest, _ := strings.Cut(path.Clean(name), "/")
	if rest == "" {
		return ""
	}
	return "app/node_modules/" + p.Name[:strings.LastIndexByte(p.Name, '@')] + "/" + rest
}

func unpacked(ctx context.Context, p corpus.Package) (io.ReadCloser, error) {
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", p.Path)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return command{pipe, cmd}, nil
}

// A command is the output of a process, which ends with it.
type command struct {
	io.ReadCloser
	cmd *exec.Cmd
}

func (c command) Close() error {
	_, err := io.Copy(io.Discard, c.ReadCloser)
	return errors.Join(err, c.cmd.Wait())
}

func tgz(_ context.Context, p corpus.Package) (io.ReadCloser, error) {
	f, err := os.Open(p.Path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

// file returns the layer's file, which it makes once: a gzip of level 6, as docker push makes.
func (l layer) file(ctx context.Context, dir string, size int64) (string, error) {
	name := filepath.Join(dir, fmt.Sprintf("%s-%d.tar.gz", l.name, size))
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	packages, err := l.packages(ctx, dir)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "layer")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	z, err := gzip.NewWriterLevel(f, 6)
	if err != nil {
		return "", err
	}
	t := tar.NewWriter(z)
	for _, p := range packages {
		if size <= 0 {
			break
		}
		n, err := l.add(ctx, t, p)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		size -= n
	}
	if err := errors.Join(t.Close(), z.Close(), f.Close()); err != nil {
		return "", err
	}
	return name, os.Rename(f.Name(), name)
}

// add copies a package's files into a layer, and returns their bytes.
func (l layer) add(ctx context.Context, t *tar.Writer, p corpus.Package) (n int64, err error) {
	r, err := l.open(ctx, p)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		place := l.place(p, h.Name)
		if place == "" || h.Typeflag != tar.TypeReg {
			continue
		}
		if err := t.WriteHeader(&tar.Header{Name: place, Mode: h.Mode, Size: h.Size, ModTime: h.ModTime, Format: tar.FormatPAX}); err != nil {
			return n, err
		}
		k, err := io.Copy(t, in)
		if n += k; err != nil {
			return n, err
		}
	}
}
