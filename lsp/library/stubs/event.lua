---@meta

--- Scripts, tools and clients of a kernel tell each other what has happened.
---
--- ```lua
--- local id = Event.subscribe("user.*")
--- Event.publish("user.created", {name = "Ada"}, {correlation_id = "r-17", ttl_seconds = 60})
--- local e = Event.receive(id, 1000)
--- print(e.event_type, e.data.name) --> user.created	Ada
--- ```
---@class Event
---@colon optional
Event = {}

--- Something that has happened.
---@class llmspell.Event
---@field id string
---@field event_type llmspell.EventName
---@field data? any
---@field language string of the publisher
---@field timestamp llmspell.Timestamp
---@field sequence integer numbers the events of a kernel from 1
---@field metadata llmspell.EventMetadata
---@field schema_version string

---@class llmspell.EventMetadata
---@field correlation_id? string
---@field source? string
---@field target? string
---@field tags string[]
---@field priority integer
---@field ttl? number seconds

---@class (exact) llmspell.EventPublishOptions
---@field language? string
---@field correlation_id? string
---@field source? string
---@field target? string
---@field tags? string[]
---@field priority? integer
---@field ttl_seconds? number after which nobody receives it any more
---@field ttl? number the same

--- What happens when a subscriber's buffer is full.
---@alias llmspell.EventPolicy
---| "drop_oldest" # the event that has waited longest is lost
---| "drop_newest" # the new event is lost
---| "block" # the publisher waits for room
---| "reject" # `Event.publish` raises an error

---@class (exact) llmspell.EventSubscribeOptions
---@field buffer? integer how many events can wait (10,000)
---@field buffer_size? integer the same
---@field policy? llmspell.EventPolicy
---@field overflow? llmspell.EventPolicy the same
---@field block_ms? integer how long publishers wait with the policy `block` (1,000), up to a minute
---@field language? string

--- Publishes an event.
---@param type llmspell.EventName
---@param data? any JSON-like
---@param options? llmspell.EventPublishOptions
---@return true published
function Event.publish(type, data, options) end

--- Subscribes to the events whose types match a pattern: `*` stands for any text, `?` for one character.
---@param pattern llmspell.EventPattern|llmspell.EventPattern[]
---@param options? llmspell.EventSubscribeOptions
---@return integer id
function Event.subscribe(pattern, options) end

--- Waits for the next event of a subscription, or of several.
---@param id integer|integer[]
---@param timeout_ms? number 5,000 if left out
---@return llmspell.Event? event nil when the time is up
---@return integer? id of a list the subscription that got it
---@overload fun(id: integer, timeout_ms?: number): llmspell.Event?
---@overload fun(ids: integer[], timeout_ms?: number): llmspell.Event?, integer?
function Event.receive(id, timeout_ms) end

--- Waits for the next event of a subscription, or of several, and takes those along that wait behind it.
---@param id integer|integer[]
---@param most? integer how many events at most (100)
---@param timeout_ms? number how long to wait for the first: 5,000 if left out
---@return llmspell.Event[] events none when the time is up
function Event.receive_batch(id, most, timeout_ms) end

--- Ends a subscription.
---@param id integer
---@return boolean was whether it was there
function Event.unsubscribe(id) end

--- Subscribes a function, which `Event.dispatch` calls.
---
--- ```lua
--- Event.on("job.*", function(e) print(e.event_type) end)
--- Event.publish("job.done")
--- print(Event.dispatch())
--- ```
---@param pattern llmspell.EventPattern|llmspell.EventPattern[]
---@param fn fun(event: llmspell.Event)
---@param options? llmspell.EventSubscribeOptions
---@return integer id
function Event.on(pattern, fn, options) end

--- Calls the functions of `Event.on` with the events that wait.
---@param timeout_ms? number how long to wait for the first (0)
---@return integer count how many events were handled
---@return { id: integer, event_type: llmspell.EventName, error: string }[] failures
function Event.dispatch(timeout_ms) end

---@class llmspell.EventSubscription
---@field id integer
---@field pattern llmspell.EventPattern the first
---@field patterns llmspell.EventPattern[]
---@field language string
---@field policy llmspell.EventPolicy
---@field buffer integer
---@field pending integer
---@field received integer
---@field dropped integer
---@field expired integer

--- The subscriptions of this session.
---@return llmspell.EventSubscription[] subscriptions
---@nodiscard
function Event.list_subscriptions() end

--- One of the subscriptions of this session, nil if there is none of that id.
---@param id integer
---@return llmspell.EventSubscription? subscription
---@nodiscard
function Event.subscription_stats(id) end

---@class (exact) llmspell.EventQuery
---@field pattern? llmspell.EventPattern
---@field since? number seconds since 1970
---@field until? number
---@field after? integer a sequence number
---@field correlation_id? string
---@field limit? integer how many at most (100)

--- Remembered events, the oldest first.
---@param query? llmspell.EventQuery|llmspell.EventPattern
---@return llmspell.Event[] events
---@nodiscard
function Event.history(query) end

---@class llmspell.EventBusStats
---@field published integer
---@field delivered integer
---@field dropped integer
---@field expired integer
---@field rejected integer
---@field cancelled integer
---@field rate_limited integer
---@field subscriptions integer
---@field pending integer
---@field history integer
---@field history_bytes integer
---@field sequence integer

---@class llmspell.EventSessionStats
---@field subscriptions integer
---@field handlers integer
---@field published integer
---@field received integer
---@field handled integer
---@field handler_errors integer

--- Counts of the kernel and of this session.
---@return { event_bus_stats: llmspell.EventBusStats, bridge_stats: llmspell.EventSessionStats } stats
---@nodiscard
function Event.get_stats() end
