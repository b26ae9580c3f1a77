import { takeInventory } from './inventory';

// For `npm run doctor`, which is plain JavaScript: one line of JSON.
takeInventory().then(
  (findings) => console.log(JSON.stringify(findings)),
  (error: Error) => {
    console.error(String(error));
    process.exitCode = 1;
  },
);
