package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/proxy/upstream"
)

func demoCommand(t terminal) *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the mirror at work: clean and malicious look-alike images, all on this machine",
		Long: `Start a stand-in for Docker Hub with a clean image, a miner, an image with a planted
key and one under a misspelt name; run the mirror in front of it; pull each image
through it; and print what happened. It needs no Docker, no Redis and no network:
everything is on loopback and in a temporary directory, and the images only look malicious.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), t, verbose) },
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the mirror's log")
	return cmd
}

// A demoImage is what the stand-in for Docker Hub offers.
type demoImage struct {
	reference string
	what      string
	spec      testimage.Spec
	slow      bool // so that the verdict comes when the client has almost all of it
	refused   bool // what must happen
}

// demoImages makes the images. Sizes are in bytes.
func demoImages() []demoImage {
	return []demoImage{
		{"acme/web:1.4", "a clean image", testimage.Clean("demo web", 2<<20), false, false},
		{"bitnami/redis:7", "an official name, elsewhere, by an honest publisher", testimage.Clean("demo redis", 1<<20), false, false},
		{"freecloud/toolbox:latest", "a miner, in a small image", testimage.Miner("demo toolbox", 1<<20), false, true},
		{"freecloud/gpu-runtime:latest", "a miner, in a large image on a slow line", testimage.Miner("demo runtime", 8<<20), true, true},
		{"ops-helpers/bastion:v2", "a planted SSH key", testimage.PlantedKey("demo bastion", 1<<20), false, true},
		{"nginx-official/ngnix:latest", "a misspelt official name", testimage.Clean("demo ngnix", 1<<20), false, true},
	}
}

// Settings of the demo that differ from the defaults.
const (
	demoWait = 800 * time.Millisecond // before a manifest is answered without a verdict
	demoSlow = 5 << 20                // bytes a second of the slow line
)

// demo is the whole show. What does not go as it must is an error.
func demo(ctx context.Context, t terminal, verbose bool) error {
	dir, err := os.MkdirTemp("", "lazaret-demo-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	hub, err := testhub.Start(testhub.Config{Redirect: true})
	if err != nil {
		return fmt.Errorf("start the hub: %w", err)
	}
	defer hub.Close()
	log := slog.New(slog.DiscardHandler)
	if verbose {
		log = slog.New(slog.NewTextHandler(t.stderr, nil))
	}
	mirror, stop, err := demoMirror(ctx, hub, dir, log)
	if err != nil {
		return err
	}
	client, err := upstream.New(upstream.Config{URL: "http://" + mirror, Registry: oci.DockerHub, UserAgent: "lazaret-demo"})
	if err != nil {
		return errors.Join(err, stop())
	}
	fmt.Fprintf(t.stdout, "A stand-in for Docker Hub is at %s, Lazaret before it at http://%s.\n\n", hub.URL(), mirror)
	var wrong []error
	for _, img := range demoImages() {
		if err := demoPull(ctx, t.stdout, hub, client, img.reference, img.what, img.spec, img.slow, img.refused); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(append(wrong, stop())...)
}

// demoMirror runs the mirror as serve does, and returns its address and what stops it.
func demoMirror(ctx context.Context, hub *testhub.Hub, dir string, log *slog.Logger) (addr string, stop func() error, err error) {
	cfg, err := config.Load([]string{
		"LAZARET_ADDR=127.0.0.1:0", "LAZARET_ADMIN_ADDR=127.0.0.1:0", "LAZARET_UPSTREAM=" + hub.URL(),
		"LAZARET_DATA_DIR=" + dir, "LAZARET_MANIFEST_WAIT=" + demoWait.String(),
	})
	if err != nil {
		return "", nil, err
	}
	a, err := newApp(ctx, cfg, log)
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	return a.pull.Addr().String(), func() error { cancel(); return <-ended }, nil
}

// demoPull pulls one image twice, since a refusal must stick, and says what happened.
func demoPull(ctx context.Context, w io.Writer, hub *testhub.Hub, client *upstream.Client, reference, what string, spec testimage.Spec, slow, refused bool) error {
	img, err := testimage.Build(spec)
	if err != nil {
		return err
	}
	ref, err := oci.ParseReference(reference)
	if err != nil {
		return err
	}
	if err := hub.Push(ctx, ref.Repository, ref.Tag, img); err != nil {
		return err
	}
	hub.SetFaults()
	if slow {
		hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, BytesPerSecond: demoSlow})
	}
	fmt.Fprintf(w, "%s  (%s)\n", reference, what)
	for _, time := range []string{"first pull ", "second pull"} {
		got := pullImage(ctx, client, ref)
		fmt.Fprintf(w, "  %s  %s\n", time, got)
		if (got.refusal != "") != refused {
			return fmt.Errorf("demo: %s: refused is %t, and must be %t: %s", reference, got.refusal != "", refused, got)
		}
		if got.refusal == "" && got.err != nil {
			return fmt.Errorf("demo: %s: %w", reference, got.err)
		}
		if refused && got.complete == len(img.Blobs) {
			return fmt.Errorf("demo: %s: refused, and every blob arrived", reference)
		}
	}
	fmt.Fprintln(w)
	return nil
}

// A pulled is how a pull ended.
type pulled struct {
	bytes, of int64  // received of what the manifest announced
	complete  int    // blobs whose digest could be verified
	refusal   string // the mirror's own words
	err       error
}

func (p pulled) String() string {
	switch {
	case p.refusal != "" && p.of == 0:
		return "REFUSED at its manifest: " + p.refusal
	case p.refusal != "":
		return fmt.Sprintf("REFUSED in mid-stream, after %d of %d bytes: %s", p.bytes, p.of, p.refusal)
	case p.err != nil:
		return "failed: " + p.err.Error()
	}
	return fmt.Sprintf("pulled: %d blobs, %d bytes, every digest verified", p.complete, p.bytes)
}

// pullImage pulls as container clients do: the manifest, then every blob, verified; a
// blob that breaks off is asked for again from where it broke.
func pullImage(ctx context.Context, client *upstream.Client, ref oci.Reference) (p pulled) {
	m, err := client.Manifest(ctx, ref)
	if err != nil {
		return p.ended(err)
	}
	manifest, err := oci.ParseManifest(m.Body)
	if err != nil {
		return p.ended(err)
	}
	blobs := manifest.Blobs()
	for _, d := range blobs {
		p.of += d.Size
	}
	// Layers first, the config last: it is the config's tail that waits for the image.
	for i := range blobs {
		d := blobs[(i+1)%len(blobs)]
		n, err := pullBlob(ctx, client, ref.Repository, d)
		p.bytes += n
		if err != nil {
			return p.ended(err)
		}
		p.complete++
	}
	return p
}

func (p pulled) ended(err error) pulled {
	p.err = err
	if e := (*upstream.Error)(nil); errors.As(err, &e) && strings.Contains(e.Body, "refused by Lazaret") {
		p.refusal = e.Body
	}
	return p
}

// pullBlob reads a blob and verifies it. It returns how many bytes came.
func pullBlob(ctx context.Context, client *upstream.Client, repository string, d oci.Descriptor) (int64, error) {
	sum := sha256.New()
	var n int64
	for range 2 {
		body, _, err := client.Blob(ctx, repository, d.Digest, n)
		if err != nil {
			return n, err
		}
		m, err := io.Copy(sum, body)
		n += m
		body.Close()
		if err == nil {
			break
		}
	}
	if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != d.Digest.String() {
		return n, fmt.Errorf("blob %s: got %s", d.Digest, got)
	}
	return n, nil
}
