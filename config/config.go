// Package config reads Lazaret's settings from the environment.
//
// It promises that a Config made by Load is valid as a whole: every value is within
// its bounds and the values agree with each other, so nobody after it checks again.
// It trusts nobody who types: a value that cannot be read is an error of one line that
// names the variable, a variable that looks like a setting and is none is an error too,
// and nothing it prints, neither a listing nor an error, shows a secret.
//
// Each setting is declared once, as a field of Config with its tags: env (the variable),
// envDefault, unit, doc (one line), section (of the reference; it holds until the next one)
// and secret ("true": the whole value; "url": the password in it; "parameters": the
// values whose keys say so). The listing and docs/configuration.md are made from them.
package config

import (
	"fmt"
	"log/slog"
	"time"
)

// Config is every setting. A variable that is set but empty counts as not set.
type Config struct {
	// Addr is where clients pull. Loopback by default, so that a first try exposes nothing.
	Addr string `env:"LAZARET_ADDR" envDefault:"127.0.0.1:5000" unit:"host:port" section:"Listening" doc:"where the registry API listens"`
	// AdminAddr must not be reachable by those who pull: all but the API asks for no token.
	AdminAddr string `env:"LAZARET_ADMIN_ADDR" envDefault:"127.0.0.1:5001" unit:"host:port" doc:"where the Admin API, /healthz, /readyz and /metrics listen"`
	// FirstTokenTTL is about the token that is made at the first start alone.
	FirstTokenTTL int `env:"LAZARET_FIRST_TOKEN_TTL" envDefault:"7" unit:"days" doc:"how long the first token of the Admin API holds; 0: until it is revoked"`
	// TLSCert and TLSKey are set both or neither; PEM.
	TLSCert string `env:"LAZARET_TLS_CERT" unit:"file" doc:"certificate chain of the registry API, read again when it changes; without one it speaks plain HTTP"`
	TLSKey  string `env:"LAZARET_TLS_KEY" unit:"file" doc:"private key of LAZARET_TLS_CERT"`
	// TLSDir is for a mirror that answers by several names; TLSCert is for all others, if there is one.
	TLSDir string `env:"LAZARET_TLS_DIR" unit:"directory" doc:"further certificates, NAME.crt with NAME.key, each for the names that it is good for; read again when they change"`
	// TLSClientCA is asked for a certificate's issuer; what else the certificate is good for does not matter.
	TLSClientCA string `env:"LAZARET_TLS_CLIENT_CA" unit:"file" doc:"certificate authorities of clients, read again when they change; a client's certificate says its name and, by its organizational units, its groups"`
	// ClientAuth is about those who pull; the Admin API has its own.
	ClientAuth ClientAuth `env:"LAZARET_CLIENT_AUTH" envDefault:"none" unit:"none|optional|required" doc:"whether clients say who they are, by a certificate or a password: none asks nobody, optional lets pull who does not say, required does not"`
	// ClientPasswords is made by htpasswd -B.
	ClientPasswords string `env:"LAZARET_CLIENT_PASSWORDS" unit:"file" doc:"names and passwords of clients, lines of NAME:HASH with bcrypt hashes, read again when it changes"`
	// TokenRealm makes Lazaret a token service, as auth.docker.io is Docker Hub's.
	TokenRealm string `env:"LAZARET_TOKEN_REALM" unit:"URL" doc:"where clients reach this mirror for a token (https://auth.docker.io/token); it answers there, and its challenges say so; without it they ask for a password"`
	// ShutdownTimeout bounds the drain; what is still open after it is cut.
	ShutdownTimeout time.Duration `env:"LAZARET_SHUTDOWN_TIMEOUT" envDefault:"30s" unit:"duration" doc:"how long pulls in progress may go on after a signal to stop"`

	// Upstream is a scheme and a host: the registry API is always at /v2/.
	Upstream string `env:"LAZARET_UPSTREAM" envDefault:"https://registry-1.docker.io" unit:"URL" section:"Upstream" doc:"the registry that is mirrored"`
	// UpstreamRegistry is the host in the names of its images.
	UpstreamRegistry string `env:"LAZARET_UPSTREAM_REGISTRY" envDefault:"docker.io" unit:"name" doc:"the name that registry goes by in references, policy and records"`
	// UpstreamUsername and UpstreamPassword are set both or neither.
	UpstreamUsername string `env:"LAZARET_UPSTREAM_USERNAME" unit:"text" doc:"user at the upstream registry; without one the Docker configuration's login is used, else none"`
	UpstreamPassword Secret `env:"LAZARET_UPSTREAM_PASSWORD" unit:"text" secret:"true" doc:"password or access token of LAZARET_UPSTREAM_USERNAME"`
	// UpstreamPasswordFile is read once, at the start.
	UpstreamPasswordFile string `env:"LAZARET_UPSTREAM_PASSWORD_FILE" unit:"file" doc:"where the password is, instead of in LAZARET_UPSTREAM_PASSWORD"`
	// UpstreamPrivate matters with credentials alone.
	UpstreamPrivate List `env:"LAZARET_UPSTREAM_PRIVATE" unit:"pattern,…" doc:"repositories that are given out though they are not public (acme/*); with credentials, any other is refused unless upstream gives it to whoever asks without"`
	// UpstreamCA, UpstreamCert and UpstreamKey are PEM.
	UpstreamCA   string `env:"LAZARET_UPSTREAM_CA" unit:"file" doc:"certificate authorities of upstream, beside the system's"`
	UpstreamCert string `env:"LAZARET_UPSTREAM_CERT" unit:"file" doc:"certificate that is shown to upstream, read again when it changes"`
	UpstreamKey  string `env:"LAZARET_UPSTREAM_KEY" unit:"file" doc:"private key of LAZARET_UPSTREAM_CERT"`
	// UpstreamNetworks is about where upstream leads: its own host may be anywhere.
	UpstreamNetworks Networks `env:"LAZARET_UPSTREAM_NETWORKS" unit:"network,…" doc:"private networks to which upstream may redirect, or where its token service may be; public addresses and its own host always may"`
	// UpstreamRate zero is no limit of our own.
	UpstreamRate int `env:"LAZARET_UPSTREAM_RATE" envDefault:"0" unit:"requests a minute" doc:"how often upstream is asked at most; 0 sets no limit"`
	// UpstreamVars are for policies alone.
	UpstreamVars Vars `env:"LAZARET_UPSTREAM_VARS" unit:"name=value,…" doc:"what policies may ask of upstream as upstream.vars.NAME (trust=low,team=web)"`
	// Upstreams is read once, at the start.
	Upstreams string `env:"LAZARET_UPSTREAMS" unit:"file" doc:"YAML with further registries to mirror, each with its own credentials, TLS and limits (docs/upstreams.md); requests for any other are refused"`
	// Registries are all of them, the default one first; Load makes them of the settings above.
	Registries []Upstream
	// Hosts is for who answers to many names, and wants none by mistake.
	Hosts List `env:"LAZARET_HOSTS" unit:"name,…" doc:"names by which clients call this mirror; a request for another host, unless it is a registry's name or an address, is refused"`
	// UpstreamRetries is how many times after the first.
	UpstreamRetries int `env:"LAZARET_UPSTREAM_RETRIES" envDefault:"3" unit:"count" doc:"how often a request that failed by 5xx, a time-out or the connection is made again"`
	// UpstreamHeaderTimeout bounds one attempt, redirects included; for a manifest, its body too.
	UpstreamHeaderTimeout time.Duration `env:"LAZARET_UPSTREAM_HEADER_TIMEOUT" envDefault:"10s" unit:"duration" doc:"how long one attempt waits for response headers"`
	// UpstreamMaxRetryAfter: a longer Retry-After fails the request at once.
	UpstreamMaxRetryAfter time.Duration `env:"LAZARET_UPSTREAM_MAX_RETRY_AFTER" envDefault:"5s" unit:"duration" doc:"the longest Retry-After that is waited for before a request is made again"`
	// TagTTL zero asks upstream each time.
	TagTTL time.Duration `env:"LAZARET_TAG_TTL" envDefault:"1m" unit:"duration" doc:"how long a tag's digest is believed before upstream is asked again, by HEAD, which Docker Hub does not count as a pull"`

	// Mode is what is done about a verdict.
	Mode Mode `env:"LAZARET_MODE" envDefault:"enforce" unit:"enforce|hold|audit" section:"Enforcement" doc:"enforce streams and holds the tail; hold gives nothing before the verdict; audit refuses nothing and records what would have been"`
	// Policy is looked at every half second, and on SIGHUP.
	Policy string `env:"LAZARET_POLICY" unit:"file" doc:"the rules that decide what is refused, as lazaret policy default prints those that hold without it; a change acts at once, and one that does not compile is refused"`
	// HoldBytes is at least 1: with nothing held back there is nothing to enforce with.
	HoldBytes Bytes `env:"LAZARET_HOLD_BYTES" envDefault:"64KiB" unit:"bytes" doc:"how much of a blob's end is held until its verdict; a smaller blob is held whole"`
	// ManifestWait is at most 20 s, because containerd leaves for Docker Hub when headers take 30 s.
	ManifestWait time.Duration `env:"LAZARET_MANIFEST_WAIT" envDefault:"5s" unit:"duration" doc:"how long the answer to a manifest waits for the image's verdict, 20s at most"`
	// Trickle is below the 5 minutes without a byte after which the kubelet gives a pull up.
	Trickle time.Duration `env:"LAZARET_TRICKLE" envDefault:"30s" unit:"duration" doc:"in a long hold, how often one held byte (never the last) is sent to keep the client waiting"`
	// StickyDenials is on because most clients take a plain 403 as a reason to pull from Docker Hub instead.
	StickyDenials bool `env:"LAZARET_STICKY_DENIALS" envDefault:"true" unit:"true|false" doc:"word a refusal so that each client stops instead of pulling from Docker Hub; false answers a plain 403 DENIED, which is enough where Hub is out of reach"`
	// RefuseIndex counts only members whose verdict is known.
	RefuseIndex string `env:"LAZARET_REFUSE_INDEX" envDefault:"any" unit:"any|all|never" doc:"when an index (a multi-platform image) is refused as a whole: if any member is known to be refused, if all are, or never; a refused member is refused in any case, but clients show the reason best at the index's tag"`
	// HelpText is put on one line of HTTP in places, so it has no control characters.
	HelpText string `env:"LAZARET_HELP_TEXT" envDefault:"To ask for an exception, send this message to the people who run this mirror." unit:"text" doc:"the sentence in a refusal that says how to ask for an exception"`

	// DataDir is created, readable by its owner alone.
	DataDir string `env:"LAZARET_DATA_DIR" envDefault:"./lazaret-data" unit:"directory" section:"Storage" doc:"where reports, records, the store and the spool live unless told otherwise"`
	// SpoolDir is emptied at start.
	SpoolDir string `env:"LAZARET_SPOOL_DIR" unit:"directory" doc:"where downloads in progress are kept; by default spool in LAZARET_DATA_DIR"`
	// StorageDriver is one of distribution's.
	StorageDriver string `env:"LAZARET_STORAGE_DRIVER" envDefault:"filesystem" unit:"filesystem|inmemory|s3" doc:"where verified content is stored"`
	// StorageParameters are the driver's, by the names that distribution gives them.
	StorageParameters Parameters `env:"LAZARET_STORAGE_PARAMETERS" unit:"key=value,…" secret:"parameters" doc:"the storage driver's parameters; filesystem uses store in LAZARET_DATA_DIR by default"`
	// PullRetention is in days, because nobody thinks of 2160h.
	PullRetention int `env:"LAZARET_PULL_RETENTION" envDefault:"90" unit:"days" doc:"how long the record of a pull is kept; 0 keeps it for ever"`

	// Reinspect costs CPU after each change, once, and spares it at the next pulls.
	Reinspect bool `env:"LAZARET_REINSPECT" envDefault:"true" unit:"true|false" doc:"after rules or feeds have changed, inspect what clients have and is stored again, in the background and one blob at a time, to find who has what would be refused now"`
	// ExceptionMaxTTL is in days, as above.
	ExceptionMaxTTL int `env:"LAZARET_EXCEPTION_MAX_TTL" envDefault:"90" unit:"days" doc:"for how long an exception may hold from when it is made or renewed"`
	// QuarantineRetention is in days, as above.
	QuarantineRetention int `env:"LAZARET_QUARANTINE_RETENTION" envDefault:"30" unit:"days" doc:"how long the content of an image in quarantine is kept after it was last asked for; 0 keeps it for ever. That of a rejected image is removed within seconds"`
	// DatabaseURL as pgx reads it. The default is for one replica: a file is not shared.
	DatabaseURL Secret `env:"LAZARET_DATABASE_URL" unit:"URL" secret:"url" doc:"the PostgreSQL in which replicas share records: pulls, exceptions, quarantine, audit; without one they are in a database in LAZARET_DATA_DIR"`

	// RedisURL as go-redis reads it; redis, rediss, sentinel or cluster.
	RedisURL Secret `env:"LAZARET_REDIS_URL" unit:"URL" secret:"url" section:"Reports" doc:"where replicas share reports; without one they are in a database in LAZARET_DATA_DIR"`
	// RedisPrefix begins each key.
	RedisPrefix string `env:"LAZARET_REDIS_PREFIX" envDefault:"lazaret:" unit:"text" doc:"what the keys in Redis begin with"`
	// ReportKey is the same on every replica.
	ReportKey Secret `env:"LAZARET_REPORT_KEY" unit:"text" secret:"true" doc:"key that signs reports (HMAC), 32 characters or more; a report in Redis that is not signed with it is ignored"`
	// LRUSize counts entries, not bytes.
	LRUSize int `env:"LAZARET_LRU_SIZE" envDefault:"10000" unit:"count" doc:"how many reports are kept in memory"`

	// MaxDownloads bounds disk and connections; further ones wait their turn.
	MaxDownloads int `env:"LAZARET_MAX_DOWNLOADS" envDefault:"16" unit:"count" section:"Limits" doc:"how many blobs are downloaded at once"`
	// MaxInspections bounds memory. An inspection reads along with a download, so with fewer
	// of these than downloads one slow download would keep others' verdicts waiting.
	MaxInspections int `env:"LAZARET_MAX_INSPECTIONS" envDefault:"16" unit:"count" doc:"how many blobs are inspected at once; each takes some 10 MiB of memory, 40 MiB for a zstd layer"`
	// MaxBlobBytes is compressed, as downloaded.
	MaxBlobBytes Bytes `env:"LAZARET_MAX_BLOB_BYTES" envDefault:"16GiB" unit:"bytes" doc:"the largest blob that is downloaded; a larger one is refused"`
	// DownloadIdleTimeout is between two reads.
	DownloadIdleTimeout time.Duration `env:"LAZARET_DOWNLOAD_IDLE_TIMEOUT" envDefault:"1m" unit:"duration" doc:"how long a download may stand still before it is tried again"`
	// DownloadDeadline is for the whole of it, retries included.
	DownloadDeadline time.Duration `env:"LAZARET_DOWNLOAD_DEADLINE" envDefault:"2h" unit:"duration" doc:"how long a download may take as a whole"`
	// InspectMaxBytes is uncompressed; what lies beyond is a gap in the report, never clean.
	InspectMaxBytes Bytes `env:"LAZARET_INSPECT_MAX_BYTES" envDefault:"32GiB" unit:"bytes" doc:"how much of one blob is inspected, counted uncompressed; beyond it the blob counts as not inspected"`
	// InspectTimeout is for one blob, from its first byte.
	InspectTimeout time.Duration `env:"LAZARET_INSPECT_TIMEOUT" envDefault:"30m" unit:"duration" doc:"how long the inspection of one blob may take; after it the blob counts as not inspected"`

	// Feeds are what others know to be bad; none is needed.
	Feeds Feeds `env:"LAZARET_FEEDS" unit:"category[:format]=location,…" secret:"parameters" section:"Feeds" doc:"lists of what is known to be bad, at http URLs or in files; categories: malicious-domain, new-domain, dynamic-dns, malware, allow; formats, told from the content without one: list, hosts, misp, maltrail, ut1, dated"`
	// FeedsRefresh is give or take a tenth.
	FeedsRefresh time.Duration `env:"LAZARET_FEEDS_REFRESH" envDefault:"6h" unit:"duration" doc:"how often feeds are looked at; one that changed is another rule set, under which images are inspected again when they are next pulled"`
	// FeedsTimeout is for one feed, its body included.
	FeedsTimeout time.Duration `env:"LAZARET_FEEDS_TIMEOUT" envDefault:"1m" unit:"duration" doc:"how long fetching one feed may take; one that fails keeps its last good copy"`
	// FeedsMaxBytes is as it comes, and uncompressed.
	FeedsMaxBytes Bytes `env:"LAZARET_FEEDS_MAX_BYTES" envDefault:"64MiB" unit:"bytes" doc:"the largest feed that is taken; a million domains take some 20 MiB as text and 35 MB of memory"`
	// NewDomainDays counts from the feed's own date.
	NewDomainDays int `env:"LAZARET_NEW_DOMAIN_DAYS" envDefault:"30" unit:"days" doc:"up to which age a domain of a new-domain feed with dates counts as new"`

	// Names are beside those that are built in.
	Names string `env:"LAZARET_NAMES" unit:"file" section:"Names" doc:"YAML with further names to know: official, publishers, honest, aliases"`
	// HubFacts is off by default, because it tells Docker Hub which repositories are pulled even when they come from the store.
	HubFacts bool `env:"LAZARET_HUB_FACTS" envDefault:"false" unit:"true|false" doc:"whether Docker Hub's API is asked what it knows of a repository: verified publisher, pulls, age"`
	// HubAPI is a scheme and a host, and a path before /v2/ perhaps.
	HubAPI string `env:"LAZARET_HUB_API" envDefault:"https://hub.docker.com" unit:"URL" doc:"where Docker Hub's API is"`
	// HubWait is at most 5 s: a fact is no reason to keep a pull.
	HubWait time.Duration `env:"LAZARET_HUB_WAIT" envDefault:"1s" unit:"duration" doc:"how long the first pull of a repository waits for Docker Hub's API; later ones have its answer, for a day"`

	// Clamd is as package clamd reads it.
	Clamd string `env:"LAZARET_CLAMD" unit:"unix:///path|tcp://host:port" section:"Engines" doc:"a clamd (ClamAV's daemon) that scans files as they stream; without one, only the built-in detectors look"`
	// ClamdUnavailable is about the time that clamd cannot be asked.
	ClamdUnavailable string `env:"LAZARET_CLAMD_UNAVAILABLE" envDefault:"wait" unit:"wait|uninspectable|warn" doc:"what to do while clamd cannot be asked: wait for it (then as uninspectable), count the blob as not inspected, or go on with a warning"`
	// ClamdPatience is for one blob.
	ClamdPatience time.Duration `env:"LAZARET_CLAMD_PATIENCE" envDefault:"2m" unit:"duration" doc:"how long the inspection of one blob waits for clamd in all"`
	// ClamdTimeout is between two steps: a connection, a chunk, the answer.
	ClamdTimeout time.Duration `env:"LAZARET_CLAMD_TIMEOUT" envDefault:"1m" unit:"duration" doc:"how long clamd may take for its next step with a file: a connection, some of its bytes, the answer"`
	// ClamdConnections is at most clamd's MaxThreads, or more would wait in its queue.
	ClamdConnections int `env:"LAZARET_CLAMD_CONNECTIONS" envDefault:"8" unit:"count" doc:"how many files clamd is asked about at once"`
	// ClamdMaxFile is at most clamd's StreamMaxLength.
	ClamdMaxFile Bytes `env:"LAZARET_CLAMD_MAX_FILE" envDefault:"25MiB" unit:"bytes" doc:"how much of a file is sent to clamd; its StreamMaxLength must not be less"`

	// OIDCIssuer must be as the claim iss has it, to the slash.
	OIDCIssuer string `env:"LAZARET_OIDC_ISSUER" unit:"URL" section:"Administration" doc:"the OpenID Connect issuer whose ID tokens the Admin API takes; without one it takes API tokens alone"`
	// OIDCClientID is of a public client, which has no secret: every user's lazaret is it.
	OIDCClientID string `env:"LAZARET_OIDC_CLIENT_ID" unit:"text" doc:"the client that people log in by; must be in the audience of their tokens"`
	// OIDCRoles: the highest of several holds.
	OIDCRoles OIDCRoles `env:"LAZARET_OIDC_ROLES" unit:"claim:value=role,…" doc:"who may do what: groups:security=admin,groups:dev=viewer. A claim within another is realm_access.roles; roles: viewer, reviewer, admin. Whoever has none may do nothing"`
	// OIDCName: one that people can change themselves would let them sign as others.
	OIDCName string `env:"LAZARET_OIDC_NAME" envDefault:"email" unit:"claim" doc:"the claim that names people in the audit log; where it is missing, or is an address that is not verified, sub does"`
	// OIDCScopes are the command line's to ask for.
	OIDCScopes Words `env:"LAZARET_OIDC_SCOPES" envDefault:"openid,email,profile,offline_access" unit:"word,…" doc:"what lazaret login --oidc asks the issuer for; some have groups only on demand"`

	// Server and Token are of the command line; the mirror has no use for them.
	Server string `env:"LAZARET_SERVER" unit:"URL" section:"Command line" doc:"the Admin API that commands speak to, instead of the one of lazaret login; without either they work on the records of these settings"`
	Token  Secret `env:"LAZARET_TOKEN" unit:"text" secret:"true" doc:"the token to show to that API, instead of what lazaret login kept"`

	// Webhooks are who is told.
	Webhooks Webhooks `env:"LAZARET_WEBHOOKS" unit:"kind[:topic+…]=URL,…" secret:"parameters" section:"Notifications" doc:"who is told of what happens, at https URLs; kinds: cloudevents (signed), slack (and what takes the same messages); topics, all without one: refused, quarantined, requested, decided, exposure, expiring, exception"`
	// WebhookSecret as Standard Webhooks writes it; the first is the newest.
	WebhookSecret Secret `env:"LAZARET_WEBHOOK_SECRET" unit:"whsec_…" secret:"true" doc:"key that signs CloudEvents: whsec_ and 24 to 64 random bytes in base64; while it is exchanged the new and the old with a comma between"`
	// WebhookSource and an event's ID name it over all mirrors.
	WebhookSource string `env:"LAZARET_WEBHOOK_SOURCE" envDefault:"/lazaret" unit:"URI reference" doc:"the source of CloudEvents: what this mirror is called among others"`
	// WebhookTimeout is well below the lease of a delivery.
	WebhookTimeout time.Duration `env:"LAZARET_WEBHOOK_TIMEOUT" envDefault:"10s" unit:"duration" doc:"how long one attempt to deliver a notification may take, 30s at most"`
	// WebhookPatience spans a weekend.
	WebhookPatience time.Duration `env:"LAZARET_WEBHOOK_PATIENCE" envDefault:"72h" unit:"duration" doc:"how long a notification that a webhook does not take is tried; after it, it is kept until somebody replays it"`
	// NotificationRetention is in days, as above.
	NotificationRetention int `env:"LAZARET_NOTIFICATION_RETENTION" envDefault:"30" unit:"days" doc:"how long notifications are kept, those that were given up too; 0 keeps them for ever"`
	// ExceptionNotice is in days, as above.
	ExceptionNotice int `env:"LAZARET_EXCEPTION_NOTICE" envDefault:"7" unit:"days" doc:"how long before an exception ends it is told of; 0 does not"`

	// LogLevel is slog's.
	LogLevel slog.Level `env:"LAZARET_LOG_LEVEL" envDefault:"info" unit:"debug|info|warn|error" section:"Logs" doc:"the least level that is logged"`
	// LogFormat is json or text.
	LogFormat string `env:"LAZARET_LOG_FORMAT" envDefault:"json" unit:"json|text" doc:"how log lines are written"`
}

// A ClientAuth says whether clients are asked who they are. Load leaves it one of the three constants.
type ClientAuth string

// Whether clients are asked.
const (
	ClientAuthNone     ClientAuth = "none"
	ClientAuthOptional ClientAuth = "optional"
	ClientAuthRequired ClientAuth = "required"
)

// UnmarshalText accepts exactly the three.
func (a *ClientAuth) UnmarshalText(b []byte) error {
	switch got := ClientAuth(b); got {
	case ClientAuthNone, ClientAuthOptional, ClientAuthRequired:
		*a = got
		return nil
	}
	return fmt.Errorf("not whether clients are asked (none, optional, required)")
}

// TLS reports whether the registry API speaks TLS.
func (c Config) TLS() bool { return c.TLSCert != "" || c.TLSDir != "" }

// A Mode says what is done about a verdict. Load leaves it one of the three constants.
type Mode string

// The modes.
const (
	ModeEnforce Mode = "enforce" // stream, hold the tail, refuse by verdict
	ModeHold    Mode = "hold"    // give nothing before the verdict
	ModeAudit   Mode = "audit"   // record alone
)

// UnmarshalText accepts exactly the three modes.
func (m *Mode) UnmarshalText(b []byte) error {
	switch got := Mode(b); got {
	case ModeEnforce, ModeHold, ModeAudit:
		*m = got
		return nil
	}
	return fmt.Errorf("not a mode (enforce, hold, audit)")
}

// LogValue keeps secrets out of logs: it has the settings as Print shows them.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, s := range settings(c) {
		attrs = append(attrs, slog.String(s.name, s.value))
	}
	return slog.GroupValue(attrs...)
}
