/** `FILE.npz:ARRAY` as its two parts; any other text is a path. */
export function splitMember(text: string): { path: string; member: string | undefined } {
  const [, archive, member] = /^(.*\.npz):([^:\\/]+)$/.exec(text) ?? [];
  return { path: archive ?? text, member };
}
