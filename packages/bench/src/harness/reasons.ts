const longest = 300;

/** An error's first line without the folders of this machine: records name no host and no user. */
export function withoutPaths(reason: string): string {
  const line = reason
    .split('\n')[0]
    .replace(/(?:file:\/\/)?(?:[A-Za-z]:)?(?:[/\\][^\s/\\:'"()]+)+[/\\]([^\s/\\:'"()]+)/g, '$1');
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}
