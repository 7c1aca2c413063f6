/** Searching and sorting Vietnamese names: without diacritics, đ = d, by the Vietnamese alphabet. */

/** The form in which texts are compared: "Thị trấn Ba Sao" and "thi tran ba sao" are one. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase().trim();
}

/** Whether every word of the query begins somewhere in the text. */
export function matches(text: string, query: string): boolean {
  const inText = folded(text);
  return folded(query)
    .split(/\s+/)
    .every((word) => inText.includes(word));
}

const collator = new Intl.Collator("vi", { numeric: true });

export function byName(one: string, other: string): number {
  return collator.compare(one, other);
}

/** People by given name, the last word, as offices list them. */
export function byGivenName(one: string, other: string): number {
  return collator.compare(givenName(one), givenName(other)) || collator.compare(one, other);
}

function givenName(name: string): string {
  return name.trim().split(/\s+/).at(-1) ?? "";
}
