package main

import (
	"archive/tar"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

//go:embed debian.txt
var debianList string

//go:embed npm.txt
var npmList string

// A corpus says which real software is read.
type corpus struct {
	cache   string
	offline bool
	trees   []string
}

// clean reads all of the corpus.
func (r *result) clean(ctx context.Context, e *evaluator, c corpus) error {
	if err := r.honest(ctx, e); err != nil {
		return err
	}
	for _, tree := range c.trees {
		if err := r.tree(ctx, e, tree); err != nil {
			return err
		}
	}
	if c.offline {
		return nil
	}
	if c.cache == "" {
		dir, err := os.MkdirTemp("", "eval")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.cache = dir
	}
	if err := r.debian(ctx, e, filepath.Join(c.cache, "debian")); err != nil {
		return err
	}
	return r.npm(ctx, e, filepath.Join(c.cache, "npm"))
}

// names returns the words of a list, one a line, # for comments.
func names(list string) []string {
	var out []string
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		out = append(out, strings.Fields(line)...)
	}
	return out
}

// debian reads packages as apt downloads them. Those that this release does not have are left out.
func (r *result) debian(ctx context.Context, e *evaluator, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	read, before, updated := 0, r.files, false
	for _, name := range names(debianList) {
		found, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb"))
		if len(found) == 0 {
			if !updated { // a fresh machine knows no packages
				updated = true
				if out, err := exec.CommandContext(ctx, "apt-get", "-qq", "update").CombinedOutput(); err != nil {
					return fmt.Errorf("apt-get update: %w: %s", err, out)
				}
			}
			cmd := exec.CommandContext(ctx, "apt-get", "-qq", "download", name)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil && ctx.Err() != nil {
				return fmt.Errorf("download %s: %w: %s", name, err, out)
			}
			if found, _ = filepath.Glob(filepath.Join(dir, name+"_*.deb")); len(found) == 0 {
				continue
			}
		}
		cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", found[0])
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		v, report, err := e.layer(ctx, filepath.Base(found[0]), pipe)
		if err := errors.Join(err, cmd.Wait()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		read++
		r.cleanVerdict("Debian "+name, report.Stats.Files, v)
	}
	const least = 80
	r.sources = append(r.sources, fmt.Sprintf("Debian: %d packages, %d files", read, r.files-before))
	if read < least {
		return fmt.Errorf("only %d Debian packages could be had, of at least %d: run apt-get update", read, least)
	}
	return nil
}

// npm reads packages as the registry has them, as if installed below an application.
func (r *result) npm(ctx context.Context, e *evaluator, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	client := &http.Client{Timeout: time.Minute}
	read, before := 0, r.files
	for _, spec := range names(npmList) {
		at := strings.LastIndexByte(spec, '@')
		name, version := spec[:at], spec[at+1:]
		url := fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", name, name[strings.LastIndexByte(name, '/')+1:], version)
		path := filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz")
		var err error
		for range 3 {
			if err = download(ctx, client, url, path); err == nil {
				break
			}
		}
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		v, report, err := e.layer(ctx, spec, f)
		f.Close()
		if err != nil {
			return err
		}
		read++
		r.cleanVerdict("npm "+spec, report.Stats.Files, v)
	}
	r.sources = append(r.sources, fmt.Sprintf("npm: %d packages, %d files", read, r.files-before))
	return nil
}

// download fetches url into path, once.
func download(ctx context.Context, client *http.Client, url, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := io.Copy(f, io.LimitReader(res.Body, 256<<20)); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tree reads a folder of this machine as one layer.
func (r *result) tree(ctx context.Context, e *evaluator, root string) error {
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(pack(pw, root)) }()
	defer pr.Close()
	v, report, err := e.layer(ctx, root, pr)
	if err != nil {
		return err
	}
	r.cleanVerdict(homeless(root), report.Stats.Files, v)
	r.sources = append(r.sources, fmt.Sprintf("%s: %d files", homeless(root), report.Stats.Files))
	return nil
}

// homeless is a path without the home that it is in: whose it is does not matter.
func homeless(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		path = strings.TrimPrefix(path, home)
	}
	return strings.TrimPrefix(path, "/")
}

// pack writes a folder as tar, under its own path. Files that change meanwhile are cut
// or filled to the size that their header says.
func pack(w io.Writer, root string) error {
	tw := tar.NewWriter(w)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0 && !d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		link := ""
		if d.Type()&fs.ModeSymlink != 0 {
			if link, err = os.Readlink(path); err != nil {
				return nil
			}
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return nil
		}
		h.Name = cmp.Or(homeless(path), ".")
		h.Format = tar.FormatPAX
		if !d.Type().IsRegular() {
			return tw.WriteHeader(h)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		_, err = io.CopyN(tw, io.MultiReader(f, zeros{}), h.Size)
		return err
	})
	return cmp.Or(err, tw.Close())
}

// honest reads images with settings that look like trouble and are none.
func (r *result) honest(ctx context.Context, e *evaluator) error {
	before := r.files
	for name, s := range honestImages() {
		img, err := testimage.Build(s)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v, reports, err := e.image(ctx, "acme/our-"+name, img)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files := 0
		for _, report := range reports {
			if report.Kind == inspect.KindLayer {
				files += report.Stats.Files
			}
		}
		r.cleanVerdict("image "+name, files, v)
	}
	r.sources = append(r.sources, fmt.Sprintf("honest images: %d, %d files", len(honestImages()), r.files-before))
	return nil
}
