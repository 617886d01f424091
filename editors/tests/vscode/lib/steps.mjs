// Runs the steps of one story. Each is a test of its own in the report; the first that fails ends the story, and
// leaves a picture and the ends of the logs.
export async function story(t, { code, screen }, steps) {
  for (const [name, step] of Object.entries(steps)) {
    let failure;
    await t.test(name, { timeout: 600_000 }, async () => {
      try {
        await step();
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure) {
      await evidence(name, code, screen);
      throw new Error(`"${name}" failed, what comes after it was not tried: ${failure.message}`);
    }
  }
}

// evidence leaves a picture, the messages on the screen, and the ends of the logs.
export async function evidence(name, code, screen) {
  try {
    const file = await screen?.shot(`failed-${name.replace(/\W+/g, '-').slice(0, 40)}`);
    if (file) console.error(`the screen at the failure: ${file}`);
    if (screen) console.error(`messages: ${JSON.stringify(await screen.notices())}\n--- the browser's console\n${screen.console.slice(-20).join('\n')}`);
  } catch (error) {
    console.error(`no picture of the failure: ${error.message}`);
  }
  console.error(code.logs());
}
