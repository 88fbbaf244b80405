// Numbers and times as people read them. Times are shown in the reader's own zone; the page's are UTC.
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (n: number) => whole.format(n);
export const compact = (n: number) => (Math.abs(n) < 10_000 ? whole : short).format(n);

/** "0.03 s", "4.2 s", "3 min 12 s". */
export function seconds(s: number): string {
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 60) return `${s.toFixed(1)} s`;
  const total = Math.round(s), h = Math.floor(total / 3600), m = Math.floor((total % 3600) / 60);
  return h ? `${h} h ${m} min` : `${m} min ${total % 60} s`;
}

export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let u = 0;
  while (n >= 1000 && u < units.length - 1) { n /= 1000; u++; }
  return `${u && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[u]}`;
}

/** "2026-01-31 12:00" of an ISO time, in the reader's zone. */
export function moment(iso: string): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** Where a repository shows a commit, told from the address before its files' paths: the forms of GitLab, GitHub, Gitea, Bitbucket. */
export function commitAddress(files: string | undefined, commit: string): string | undefined {
  const forms: [RegExp, string][] = [
    [/\/-\/(blob|tree)\/.*/, "/-/commit/"],
    [/\/(blob|tree)\/.*/, "/commit/"],
    [/\/src\/(branch|tag|commit)\/.*/, "/commit/"],
    [/\/src\/.*/, "/commits/"],
  ];
  const form = files === undefined ? undefined : forms.find(([end]) => end.test(files));
  return form && files!.replace(form[0], form[1]) + commit;
}

/** "3 hours ago", told from `now` in milliseconds. */
export function ago(iso: string, now = Date.now()): string {
  const s = (now - new Date(iso).getTime()) / 1000;
  if (Number.isNaN(s)) return "";
  const steps: [number, string][] = [[86400 * 365, "year"], [86400 * 30, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [size, name] of steps) {
    const n = Math.floor(s / size);
    if (n >= 1) return `${n} ${name}${n === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
