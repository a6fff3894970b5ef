// What every page of a signed-in user runs.
import { startComposers } from "./composer.js";
import { startConversation } from "./conversation.js";
import { dress } from "./dress.js";
import { startFilter } from "./filter.js";
import { startModel } from "./model.js";
import { startPeople } from "./people.js";
import { startPresence } from "./presence.js";
import { startSidebar } from "./sidebar.js";
import { startStream } from "./stream.js";
import { startThread } from "./thread.js";
import { startThreads } from "./threads.js";
import { startTyping } from "./typing.js";

document.documentElement.classList.add("scripted");
dress(document);
startModel();
startSidebar();
startConversation();
startComposers();
startThreads();
startThread();
startFilter();
startPeople();
startPresence();
startTyping();
startStream();
