/** Whether a key goes into a field or belongs to an open dialog: letters must not act then. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.isComposing || !(target instanceof Element)) return event.isComposing;
  return target.closest("input, select, textarea, dialog") !== null;
}
