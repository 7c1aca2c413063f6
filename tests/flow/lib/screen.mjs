// What a room's window shows: whose picture, and which page.
import { crop, pageByPoppler, screenshot, similarity } from './image.mjs'
import { markOf, readMark } from './mark.mjs'
import { until } from './process.mjs'

export const ALIKE = 0.95

/** The mark in the main picture of a room, or null. */
async function markOn(room) {
  const { picture_rect: rect } = room.status()
  return readMark(crop(await screenshot(room.display), rect))
}

/** Waits until the main picture at a room is that of another. */
export function showsPictureOf(room, other, within) {
  return until(`the picture of ${other.name} at ${room.name}`, async () => {
    const mark = await markOn(room)
    return mark?.point === markOf(other.point) || [mark]
  }, { within })
}

/** Waits until the page area at a room is like poppler's picture of that page. */
export function showsPage(room, file, page, within) {
  return until(`page ${page} at ${room.name}`, async () => {
    const { page_rect: rect } = room.status()
    const area = crop(await screenshot(room.display), rect)
    const likeness = similarity(area, await pageByPoppler(file, page, area.width, area.height))
    return likeness >= ALIKE || [likeness]
  }, { within })
}
