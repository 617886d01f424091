// Waiting for conditions. Nothing here measures time: the limits only tell a hang.

// A wait that ends for this reason alone means that what it waits for never comes.
export const LIMIT = Number(process.env.EDITOR_TEST_LIMIT || 120) * 1000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// until asks again and again until look() gives something true, and returns that. What it
// throws counts as "not yet": the screen is drawn anew while it is read. The error at the limit says
// what was waited for, and what was seen last.
export async function until(what, look, limit = LIMIT) {
  const end = Date.now() + limit;
  let seen;
  for (;;) {
    try {
      seen = await look();
      if (seen) return seen;
    } catch (error) {
      seen = error;
    }
    if (Date.now() > end) throw new Error(`waited for ${what}; at last there was: ${shown(seen)}`);
    await pause(50);
  }
}

// equals waits until look() gives what is wanted, and says what it gave instead.
export async function equals(what, look, wanted, limit = LIMIT) {
  const json = JSON.stringify(wanted);
  let seen;
  try {
    await until(what, async () => JSON.stringify((seen = await look())) === json, limit);
  } catch (error) {
    throw new Error(`${what} should be ${json} and is ${shown(seen)}`, { cause: error });
  }
}

function shown(seen) {
  if (seen instanceof Error) return seen.message.split('\n')[0];
  return seen === undefined ? 'nothing' : JSON.stringify(seen);
}
