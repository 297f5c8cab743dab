/** The paper's five pairs (its figure 3), by name; a search may well prefer others. */
export const paperClassPairs: readonly { readonly minor: string; readonly major: string }[] = [
  { minor: 'automobile', major: 'airplane' },
  { minor: 'ship', major: 'truck' },
  { minor: 'deer', major: 'horse' },
  { minor: 'bird', major: 'frog' },
  { minor: 'cat', major: 'dog' },
];
